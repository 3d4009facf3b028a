package org.elohim.tests.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A way into a network namespace and out of it: sockets with a path in the file system are reached
/// from any.
///
/// In: who connects to the socket `in` writes a line `SOURCE TARGET PORT`, and is connected from
/// the address `SOURCE` to the target. Out: who connects to one of the addresses that are listened
/// on is connected to the socket `out`, where a line `ADDRESS PORT` comes first.
///
/// Invariants: it ends with whoever holds the other end of its standard input, and the sockets and
/// their folder go with it.
final class Relay {
    private static final int LINE_BYTES_MAX = 100;
    private static final String ANY = "-";

    private Relay() {}

    /// Arguments: `in`, `out`, then `ADDRESS PORT` as often as wanted.
    public static void main(String[] arguments) throws IOException {
        Path in = Path.of(arguments[0]);
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(in));
            accept(server, Relay::inward);
            for (int i = 2; i < arguments.length; i += 2) {
                outward(Path.of(arguments[1]), arguments[i], arguments[i + 1]);
            }
            System.out.println("open");
            while (System.in.read() >= 0) {
                // Nothing is said here; the end is all that counts.
            }
        } finally {
            Files.deleteIfExists(in);
            Files.deleteIfExists(Path.of(arguments[1]));
            // Of several relays the last one succeeds.
            var _ = in.resolveSibling("").toFile().delete();
            Runtime.getRuntime().halt(0);
        }
    }

    private interface Taking {
        void take(SocketChannel accepted) throws IOException;
    }

    private static void accept(ServerSocketChannel server, Taking taking) {
        Thread.startVirtualThread(
                () -> {
                    while (true) {
                        try {
                            SocketChannel accepted = server.accept();
                            Thread.startVirtualThread(() -> take(accepted, taking));
                        } catch (IOException closed) {
                            return;
                        }
                    }
                });
    }

    private static void take(SocketChannel accepted, Taking taking) {
        try {
            taking.take(accepted);
        } catch (IOException unreachable) {
            close(accepted);
        }
    }

    private static void inward(SocketChannel accepted) throws IOException {
        String[] words = line(accepted).split(" ", -1);
        SocketChannel target = SocketChannel.open(StandardProtocolFamily.INET);
        try {
            target.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (!words[0].equals(ANY)) {
                target.bind(new InetSocketAddress(words[0], 0));
            }
            target.connect(new InetSocketAddress(words[1], Integer.parseInt(words[2])));
        } catch (IOException unreachable) {
            close(target);
            throw unreachable;
        }
        join(accepted, target);
    }

    private static void outward(Path out, String address, String port) throws IOException {
        // Open as long as the process is there.
        var server = ServerSocketChannel.open(StandardProtocolFamily.INET);
        server.bind(new InetSocketAddress(address, Integer.parseInt(port)));
        accept(
                server,
                accepted -> {
                    accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    join(accepted, connect(out, "%s %s\n".formatted(address, port)));
                });
    }

    private static void join(SocketChannel one, SocketChannel other) {
        new Flow(one, other).begin(() -> Weather.CLEAR, () -> Weather.CLEAR);
    }

    /// A connection by way of a relay's socket `in`.
    static SocketChannel connect(Path in, String source, String target, int port)
            throws IOException {
        return connect(in, "%s %s %d\n".formatted(source.isEmpty() ? ANY : source, target, port));
    }

    private static SocketChannel connect(Path socket, String line) throws IOException {
        SocketChannel opened = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        opened.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
        return opened;
    }

    /// The line that comes first, byte by byte: what follows it belongs to others.
    static String line(SocketChannel from) throws IOException {
        var line = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (line.length() < LINE_BYTES_MAX && from.read(one) > 0) {
            char letter = (char) one.flip().get();
            if (letter == '\n') {
                return line.toString();
            }
            line.append(letter);
            one.clear();
        }
        throw new IOException("no line, but " + line);
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException gone) {
            // It is what was wanted.
        }
    }
}
