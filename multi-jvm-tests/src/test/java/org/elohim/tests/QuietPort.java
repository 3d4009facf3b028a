package org.elohim.tests;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/// A port for a listener that comes later, or again after a stop.
///
/// Invariants: wherever the system leaves any, it is none that it gives to a connection meanwhile,
/// as it may do with a port that it has chosen itself.
final class QuietPort {
    private static final Path GIVEN = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final int FIRST = 10_000;
    private static final int USUAL_END = 32_768;
    private static final int TRIES = 50;

    private QuietPort() {}

    static int find() throws IOException {
        int given = Integer.parseInt(Files.readString(GIVEN).strip().split("\\s+", -1)[0]);
        // Where the system gives nearly all there is no better one than any.
        int end = given > FIRST ? given : USUAL_END;
        IOException last = new IOException("no port below " + end);
        for (int tries = 0; tries < TRIES; tries++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, end);
            try (var socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException taken) {
                last = taken;
            }
        }
        throw last;
    }
}
