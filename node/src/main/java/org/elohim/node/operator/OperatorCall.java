package org.elohim.node.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.node.data.NodeAddress;
import org.elohim.node.identity.AdminToken;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// Asks the running node of a data directory, with the operator's token.
///
/// @param directory by which the node is found
public record OperatorCall(Path directory, Map<String, String> environment) {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);
    private static final int REDIRECTS_FROM = 300;
    private static final int UNAVAILABLE = 503;
    private static final JsonMapper JSON = new JsonMapper();

    public OperatorCall {
        environment = Map.copyOf(environment);
    }

    /// What came of it.
    public sealed interface Answer {
        record Done(JsonNode body) implements Answer {}

        /// The node says why not.
        record Refused(String detail) implements Answer {}

        /// It cannot answer now, as while its actors begin anew, and says when.
        record Unavailable(String detail) implements Answer {}

        /// No node runs on the directory.
        record NotRunning(String detail) implements Answer {}

        /// What should lead to it cannot be read.
        record Unreadable(String detail) implements Answer {}
    }

    public Answer send(String method, String path, String body) throws InterruptedException {
        String url;
        String token;
        try {
            url = Files.readString(directory.resolve(NodeAddress.FILE_NAME)).strip();
            String given = environment.getOrDefault(AdminToken.ENVIRONMENT_NAME, "");
            token =
                    given.isEmpty()
                            ? Files.readString(directory.resolve(AdminToken.FILE_NAME)).strip()
                            : given;
        } catch (NoSuchFileException absent) {
            return new Answer.NotRunning(
                    "no node is running on %s. Start it with ./elohim node, or name its data directory with --data-dir."
                            .formatted(directory));
        } catch (IOException unreadable) {
            return new Answer.Unreadable(unreadable.getMessage() + " cannot be read.");
        }
        var request =
                HttpRequest.newBuilder(URI.create(url + path))
                        .timeout(ANSWER_WITHIN)
                        .header("Authorization", "Bearer " + token)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try (var client = HttpClient.newHttpClient()) {
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode answer = JSON.readTree(response.body());
            if (response.statusCode() < REDIRECTS_FROM) {
                return new Answer.Done(answer);
            }
            String detail = answer.path("detail").asText(response.body());
            return response.statusCode() == UNAVAILABLE
                    ? new Answer.Unavailable(detail)
                    : new Answer.Refused(detail);
        } catch (IOException unreachable) {
            return new Answer.NotRunning(
                    "the node of %s does not answer at %s. Start it with ./elohim node."
                            .formatted(directory, url));
        }
    }
}
