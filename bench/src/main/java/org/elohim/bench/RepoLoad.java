package org.elohim.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The scripts of `bench/npm`: loads by clients of automerge-repo, and the sync server that its own
/// packages make.
final class RepoLoad {
    private static final String READY = "is ready at ";

    private final Path folder;
    private final JsonMapper json = new JsonMapper();

    private RepoLoad(Path folder) {
        this.folder = folder;
    }

    /// With the packages that the launcher has installed.
    static RepoLoad ofNpm() throws IOException {
        Path folder =
                Path.of(System.getProperty("elohim.launcher"))
                        .resolveSibling("bench")
                        .resolve("npm");
        if (!Files.exists(folder.resolve("node_modules"))) {
            throw new IOException(
                    "the packages of "
                            + folder
                            + " are not there: ./elohim bench clients has them installed");
        }
        return new RepoLoad(folder);
    }

    RepoServer peer(Path data) throws IOException {
        Process process = script("peer.mjs", data.toString()).start();
        BufferedReader words = process.inputReader();
        String line = words.readLine();
        if (line == null || !line.startsWith(READY)) {
            process.destroy();
            throw new IOException("the peer ended before it was ready");
        }
        return new RepoServer(process.pid(), line.substring(READY.length()), process);
    }

    /// Plays a load and hands over what it measured.
    ///
    /// @param words what the load takes beside the server; `load.mjs` says what that is
    JsonNode play(String name, RepoServer server, Object words) throws IOException {
        ObjectNode all = json.valueToTree(words);
        return play(name, all.put("url", server.url()).put("pid", server.pid()));
    }

    /// The same for a load of clients alone.
    JsonNode play(String name, Object words) throws IOException {
        String all = json.valueToTree(words).toString();
        Process process = script("load.mjs", name, all).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException("the load " + name + " failed");
        }
        return json.readTree(said);
    }

    private ProcessBuilder script(String name, String... words) {
        var command = new ArrayList<>(List.of("node", name));
        command.addAll(List.of(words));
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
    }
}
