package org.elohim.tests.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The process that stays behind after `./elohim simulate start`, and does what the others say.
///
/// Its socket lies in a folder that no other user may look into; the file `control` tells where.
///
/// Invariants: nothing of the simulation outlives it.
final class Supervisor {
    static final String CONTROL = "control";
    static final String DONE = "done\n";
    static final String FAILED = "failed\n";

    private static final int BACKLOG = 8;

    private final World world;
    private final ObjectMapper json = new ObjectMapper();

    private Supervisor(World world) {
        this.world = world;
    }

    /// Arguments: the folder of the simulation, then the words of `start`.
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        List<String> words = List.of(arguments).subList(1, arguments.length);
        if (!(Wish.parse(words) instanceof Wish.Start wanted)) {
            throw new IllegalArgumentException("words=" + words);
        }
        Path control = folder.resolve(CONTROL);
        Path sockets = Files.createTempDirectory("elohim-simulate");
        Path socket = sockets.resolve(CONTROL);
        try (var world = new World(wanted, folder);
                var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
            Files.writeString(control, socket.toString());
            new Supervisor(world).serve(server);
        } finally {
            Files.deleteIfExists(control);
            Files.deleteIfExists(socket);
            Files.deleteIfExists(sockets);
        }
    }

    private void serve(ServerSocketChannel server) throws IOException {
        boolean stopped = false;
        while (!stopped) {
            try (SocketChannel asking = server.accept()) {
                String said =
                        new String(
                                Channels.newInputStream(asking).readAllBytes(),
                                StandardCharsets.UTF_8);
                Wish wish = Wish.parse(said.lines().toList());
                stopped = wish instanceof Wish.Stop;
                answer(asking, tried(wish));
            } catch (IOException gone) {
                // Who asked did not wait for the answer.
            }
        }
    }

    private static void answer(SocketChannel asking, String words) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            asking.write(bytes);
        }
    }

    // A node that does not start, for instance, is no reason to end all others.
    private String tried(Wish wish) {
        try {
            return fulfil(wish);
        } catch (RuntimeException | AssertionError failed) {
            failed.printStackTrace();
            return FAILED + failed.getMessage() + "\n";
        }
    }

    private String fulfil(Wish wish) {
        return switch (wish) {
            case Wish.Start _ -> FAILED + "It is running already.\n" + Row.table(world.rows());
            case Wish.Status(boolean asJson, _) ->
                    DONE + (asJson ? json(world.rows()) : Row.table(world.rows()));
            case Wish.Partition(var one, var other) ->
                    told(
                            world.partition(one, other),
                            "%s and %s no longer hear each other.".formatted(one, other));
            case Wish.Heal() -> {
                world.heal();
                yield DONE + "All lines are whole, and all nodes run.\n";
            }
            case Wish.Kill(var node) -> told(world.kill(node), node + " was killed.");
            case Wish.Stop() -> DONE + "The simulation ends.\n";
            case Wish.Unclear(var why) -> FAILED + why + "\n";
        };
    }

    private static String told(Optional<String> trouble, String done) {
        return trouble.map(why -> FAILED + why + "\n").orElse(DONE + done + "\n");
    }

    private String json(List<Row> rows) {
        try {
            return json.writeValueAsString(rows.stream().map(Row::fields).toList()) + "\n";
        } catch (JsonProcessingException bug) {
            throw new IllegalStateException(bug);
        }
    }
}
