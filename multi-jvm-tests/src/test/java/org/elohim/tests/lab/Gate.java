package org.elohim.tests.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A [Relay] at work in a space.
final class Gate implements AutoCloseable {
    private final Process relay;
    private final Path in;

    private Gate(Process relay, Path in) {
        this.relay = relay;
        this.in = in;
    }

    /// @param outward addresses and ports by turns, which the relay stands for in its space
    static Gate open(Space space, Path in, Path out, List<String> outward) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Relay.class.getName(), in.toString(), out.toString()));
        command.addAll(outward);
        try {
            Process relay =
                    new ProcessBuilder(space.enter(command))
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            if (relay.getInputStream().read() < 0) {
                throw new IllegalStateException("the relay did not start");
            }
            return new Gate(relay, in);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    SocketChannel connect(String source, String target, int port) throws IOException {
        return Relay.connect(in, source, target, port);
    }

    @Override
    public void close() {
        try {
            relay.getOutputStream().close();
            relay.waitFor();
        } catch (IOException | InterruptedException gone) {
            relay.destroyForcibly();
        }
    }
}
