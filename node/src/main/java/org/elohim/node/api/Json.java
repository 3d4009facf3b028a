package org.elohim.node.api;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpCharsets;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.cluster.journal.NotWritten;

import java.util.LinkedHashMap;
import java.util.Map;

/// JSON bodies, for results and for problems (RFC 9457).
final class Json {
    private static final JsonMapper MAPPER = new JsonMapper();
    // A disk that is full takes a person to free it.
    private static final String RETRY_AFTER_SECONDS = "10";
    private static final ContentType PROBLEM =
            MediaTypes.applicationWithFixedCharset("problem+json", HttpCharsets.UTF_8)
                    .toContentType();

    private Json() {}

    static HttpResponse response(StatusCode status, Object body) {
        return response(status, ContentTypes.APPLICATION_JSON, body);
    }

    /// `detail` says in a sentence what happened and what to do.
    static HttpResponse problem(StatusCode status, String detail) {
        return problem(status, detail, Map.of());
    }

    /// With more that a program may want to know.
    static HttpResponse problem(StatusCode status, String detail, Map<String, Object> more) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", "about:blank");
        body.put("title", status.reason());
        body.put("status", status.intValue());
        body.put("detail", detail);
        body.putAll(more);
        return response(status, PROBLEM, body);
    }

    /// The same may be asked again once there is room.
    static HttpResponse notWritten(NotWritten full) {
        return notWritten(String.valueOf(full.getMessage()));
    }

    /// The same, where more is to be said than that nothing was taken.
    static HttpResponse notWritten(String detail) {
        return problem(StatusCodes.SERVICE_UNAVAILABLE, detail)
                .addHeader(RawHeader.create("Retry-After", RETRY_AFTER_SECONDS));
    }

    private static HttpResponse response(StatusCode status, ContentType type, Object body) {
        try {
            byte[] content = MAPPER.writeValueAsBytes(body);
            return HttpResponse.create()
                    .withStatus(status)
                    .withEntity(HttpEntities.create(type, content));
        } catch (JsonProcessingException notOurs) {
            throw new IllegalStateException("cannot be written as JSON: " + body, notOurs);
        }
    }
}
