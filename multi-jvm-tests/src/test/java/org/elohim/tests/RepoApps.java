package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// Apps of automerge-repo, as npm has it, all in one process of Node.js; `clients.mjs` says what
/// they take.
///
/// Invariants: one order at a time, each with an answer within a bound; the process is gone after
/// `close`.
final class RepoApps implements AutoCloseable {
    // More than the process gives itself for an order.
    private static final int PATIENCE_SECONDS = 60;

    private final JsonMapper json = new JsonMapper();
    private final Process process;
    private final Writer orders;
    private final Path errors;
    // One order is out at a time, and at the end comes the end.
    private final BlockingQueue<String> answers = new ArrayBlockingQueue<>(2);

    private RepoApps(Process process, Path errors) {
        this.process = process;
        this.orders = process.outputWriter();
        this.errors = errors;
        Thread.ofVirtual().start(this::listen);
    }

    static RepoApps start(Path scratch) throws IOException {
        Path folder = NpmPackages.installed();
        Path errors = Files.createTempFile(scratch, "apps", ".txt");
        return new RepoApps(
                new ProcessBuilder("node", "clients.mjs")
                        .directory(folder.toFile())
                        .redirectError(errors.toFile())
                        .start(),
                errors);
    }

    private void listen() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answers.put(line);
            }
        } catch (IOException ended) {
            // Whoever waits for an answer learns of it in time.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /// Has an order carried out.
    ///
    /// @param words what it takes, as `clients.mjs` says; most take first the name of an app
    JsonNode order(String verb, Object... words) {
        List<Object> line = new ArrayList<>();
        line.add(verb);
        line.addAll(List.of(words));
        try {
            orders.write(json.writeValueAsString(line) + "\n");
            orders.flush();
            String said = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (said == null) {
                return fail("no answer to " + line + ": " + Files.readString(errors));
            }
            JsonNode answer = json.readTree(said);
            return answer.has("error")
                    ? fail(line + ": " + answer.path("error").asText())
                    : answer.path("value");
        } catch (IOException lost) {
            return fail("the apps have ended at " + line, lost);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return fail("interrupted at " + line);
        }
    }

    /// The text of each item of a list.
    List<String> texts(String verb, Object... words) {
        return texts(order(verb, words));
    }

    static List<String> texts(JsonNode list) {
        Stream<JsonNode> items = StreamSupport.stream(list.spliterator(), false);
        return items.map(JsonNode::asText).toList();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        NodeProcess.await("the apps to be gone", () -> !process.isAlive());
    }
}
