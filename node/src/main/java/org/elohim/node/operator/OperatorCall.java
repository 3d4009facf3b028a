package org.elohim.node.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.node.data.DataDirectory;
import org.elohim.node.data.NodeAddress;
import org.elohim.node.identity.AdminToken;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Asks the running node of a data directory, with the operator's token.
///
/// Invariants: nothing is sent where no process holds the directory: at a dead node's address may
/// listen whoever likes to have the token. What a node may have done is not sent again.
///
/// @param directory by which the node is found
/// @param patience how long is waited for what
public record OperatorCall(Path directory, Map<String, String> environment, Patience patience) {
    private static final int REDIRECTS_FROM = 300;
    private static final int UNAVAILABLE = 503;
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);
    private static final JsonMapper JSON = new JsonMapper();

    /// How long a person can be kept waiting.
    ///
    /// @param question an answer that the node only looks up
    /// @param order one for which it writes, or asks others
    /// @param restart for its actors, which begin anew
    public record Patience(Duration question, Duration order, Duration restart) {
        static final Patience USUAL =
                new Patience(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(5));
    }

    public OperatorCall {
        environment = Map.copyOf(environment);
    }

    public OperatorCall(Path directory, Map<String, String> environment) {
        this(directory, environment, Patience.USUAL);
    }

    /// What came of it.
    public sealed interface Answer {
        record Done(JsonNode body) implements Answer {}

        /// The node says why not.
        record Refused(String detail) implements Answer {}

        /// It runs and does not answer now, as while its actors begin anew or its disk is full.
        record Unavailable(String detail) implements Answer {}

        /// No node runs on the directory.
        ///
        /// @param killed and the last one was not stopped
        record NotRunning(String detail, boolean killed) implements Answer {}

        /// What should lead to it cannot be read.
        record Unreadable(String detail) implements Answer {}
    }

    /// What one attempt came to.
    ///
    /// @param mayPass nothing was done, and soon it may go better
    private record Attempt(Answer answer, boolean mayPass) {}

    public Answer send(String method, String path, String body) throws InterruptedException {
        long from = System.nanoTime();
        Attempt attempt = attempt(method, path, body);
        while (attempt.mayPass() && System.nanoTime() - from < patience.restart().toNanos()) {
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis());
            attempt = attempt(method, path, body);
        }
        return attempt.answer();
    }

    private Attempt attempt(String method, String path, String body) throws InterruptedException {
        Optional<String> url;
        String token;
        try {
            boolean wasTold = url().isPresent();
            if (!DataDirectory.isHeld(directory)) {
                return new Attempt(notRunning(wasTold), false);
            }
            // Read anew: what was told before may be of a process that is dead.
            url = url();
            token = token();
        } catch (NoSuchFileException noToken) {
            url = Optional.empty();
            token = "";
        } catch (IOException unreadable) {
            return new Attempt(
                    new Answer.Unreadable(unreadable.getMessage() + " cannot be read."), false);
        }
        if (url.isEmpty()) {
            return new Attempt(
                    new Answer.Unavailable(
                            "the node of %s is starting, or stopping. Ask again in a moment."
                                    .formatted(directory)),
                    true);
        }
        boolean isQuestion = method.equals("GET");
        Duration within = isQuestion ? patience.question() : patience.order();
        var request =
                HttpRequest.newBuilder(URI.create(url.get() + path))
                        .timeout(within)
                        .header("Authorization", "Bearer " + token)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try (var client = HttpClient.newHttpClient()) {
            return answered(client.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (HttpTimeoutException late) {
            return silent(" within %d s".formatted(within.toSeconds()), isQuestion, false);
        } catch (ConnectException restarting) {
            return silent(" at " + url.get(), true, true);
        } catch (IOException broken) {
            return silent(" to the end", isQuestion, isQuestion);
        }
    }

    private Optional<String> url() throws IOException {
        try {
            return Optional.of(Files.readString(directory.resolve(NodeAddress.FILE_NAME)).strip());
        } catch (NoSuchFileException untold) {
            return Optional.empty();
        }
    }

    private String token() throws IOException {
        String given = environment.getOrDefault(AdminToken.ENVIRONMENT_NAME, "");
        return given.isEmpty()
                ? Files.readString(directory.resolve(AdminToken.FILE_NAME)).strip()
                : given;
    }

    private Answer notRunning(boolean killed) {
        return new Answer.NotRunning(
                killed
                        ? "no node is running on %s; the last one ended without being stopped. Start it again with ./elohim node."
                                .formatted(directory)
                        : "no node is running on %s. Start it with ./elohim node, or name its data directory with --data-dir."
                                .formatted(directory),
                killed);
    }

    private Attempt answered(HttpResponse<String> response) throws IOException {
        JsonNode answer = JSON.readTree(response.body());
        if (response.statusCode() < REDIRECTS_FROM) {
            return new Attempt(new Answer.Done(answer), false);
        }
        String detail = answer.path("detail").asText(response.body());
        if (response.statusCode() != UNAVAILABLE) {
            return new Attempt(new Answer.Refused(detail), false);
        }
        // It says itself when it may be asked again; a full disk takes longer than anybody waits.
        boolean isSoon =
                response.headers().firstValue("Retry-After").stream()
                        .filter(seconds -> seconds.matches("[0-9]{1,4}"))
                        .anyMatch(
                                seconds ->
                                        Long.parseLong(seconds) < patience.restart().toSeconds());
        return new Attempt(new Answer.Unavailable(detail), isSoon);
    }

    private Attempt silent(String how, boolean nothingDone, boolean mayPass) {
        return new Attempt(
                new Answer.Unavailable(
                        "the node of %s runs and does not answer%s%s; its log (%s) tells more."
                                .formatted(
                                        directory,
                                        how,
                                        nothingDone
                                                ? ""
                                                : ", so it is not known whether it was done",
                                        directory.resolve("logs"))),
                mayPass);
    }
}
