package org.elohim.client.blob;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// One request to a node at a time, which ends where nothing moves for too long.
///
/// How long a whole request takes says nothing: blobs are of any length, and lines of any speed. So
/// the bytes are watched, both ways.
final class Exchange implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LOOK_MILLIS = 100;
    // Of an answer in JSON; a node never says more.
    private static final int ANSWER_BYTES_MAX = 1 << 20;
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);

    private final HttpClient http;
    private final URI base;
    private final String token;
    private final Duration silence;
    private final AtomicLong moved = new AtomicLong();

    /// An answer that was read as a whole.
    ///
    /// @param json missing where it is none
    record Answer(int status, JsonNode json, Optional<Long> retryAfterSeconds) {
        /// What the node says to it, for a person.
        String words() {
            String detail = json.path("detail").asText("");
            String title = json.path("title").asText("");
            return !detail.isEmpty()
                    ? detail
                    : !title.isEmpty() ? title : "the node answers with " + status;
        }
    }

    /// @param base where the node is, without a path
    /// @param silence so long nothing may move
    Exchange(URI base, String token, Duration silence) {
        this.base = base;
        this.token = token;
        this.silence = silence;
        // The upgrade to HTTP/2 would be asked for with the first body.
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT_WITHIN)
                        .build();
    }

    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    /// Something of a body has gone or come.
    void moves(long bytes) {
        moved.addAndGet(bytes);
    }

    /// Sends the request and reads the answer, which is short.
    Answer ask(HttpRequest request) throws IOException {
        HttpResponse<InputStream> response = send(request, silence);
        return answer(response);
    }

    /// Reads the rest of an answer, which is short.
    Answer answer(HttpResponse<InputStream> response) throws IOException {
        byte[] bytes = watched(response, body -> body.readNBytes(ANSWER_BYTES_MAX));
        JsonNode json = MissingNode.getInstance();
        try {
            json = JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
        } catch (JsonProcessingException noJson) {
            // A proxy before the node, for instance: the status has to be enough.
            json = MissingNode.getInstance();
        }
        return new Answer(response.statusCode(), json, retryAfter(response));
    }

    private static Optional<Long> retryAfter(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Retry-After")
                .filter(text -> text.matches("[0-9]{1,6}"))
                .map(Long::valueOf);
    }

    /// Sends the request; the body of the answer is to be read by [#watched].
    ///
    /// @param patience so long it may take to answer once all is sent
    HttpResponse<InputStream> send(HttpRequest request, Duration patience) throws IOException {
        CompletableFuture<HttpResponse<InputStream>> response =
                http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
        try {
            return awaited(response, patience);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(stopped);
        } finally {
            // It is over already where it was answered.
            response.cancel(true);
        }
    }

    private HttpResponse<InputStream> awaited(
            CompletableFuture<HttpResponse<InputStream>> response, Duration patience)
            throws IOException, InterruptedException {
        long seen = moved.get();
        long since = System.nanoTime();
        while (true) {
            try {
                return response.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException failed) {
                throw inWords(failed.getCause());
            } catch (TimeoutException notYet) {
                long now = moved.get();
                if (now != seen) {
                    seen = now;
                    since = System.nanoTime();
                } else if (System.nanoTime() - since > patience.toNanos()) {
                    throw (IOException) new IOException(silent(patience)).initCause(notYet);
                }
            }
        }
    }

    private String silent(Duration patience) {
        return "nothing was heard of the node for %d seconds".formatted(patience.toSeconds());
    }

    private IOException inWords(@Nullable Throwable failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof LocalFailure local) {
                return local;
            }
        }
        String words =
                switch (failed) {
                    case ConnectException _ -> "nothing answers at " + base;
                    case IOException cut -> "the connection was cut off: " + cut.getMessage();
                    case null, default -> String.valueOf(failed);
                };
        return new IOException(words, failed);
    }

    /// Reads the body of an answer.
    interface Read<T> {
        T from(InputStream body) throws IOException;
    }

    /// Closes the body in the end, and as soon as nothing of it has come for too long.
    <T> T watched(HttpResponse<InputStream> response, Read<T> read) throws IOException {
        try (InputStream body = response.body()) {
            var isSilent = new AtomicBoolean();
            Thread watch = Thread.startVirtualThread(() -> watch(body, isSilent));
            try {
                return read.from(body);
            } catch (IOException failed) {
                throw isSilent.get() ? new IOException(silent(silence), failed) : inWords(failed);
            } finally {
                watch.interrupt();
            }
        }
    }

    private void watch(InputStream body, AtomicBoolean isSilent) {
        long seen = moved.get();
        long since = System.nanoTime();
        try {
            while (System.nanoTime() - since <= silence.toNanos()) {
                Thread.sleep(LOOK_MILLIS);
                long now = moved.get();
                if (now != seen) {
                    seen = now;
                    since = System.nanoTime();
                }
            }
            isSilent.set(true);
            body.close();
        } catch (InterruptedException read) {
            // All of it is here.
            Thread.currentThread().interrupt();
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
