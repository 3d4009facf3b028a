package org.elohim.node.api;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpCharsets;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.StatusCode;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.Map;

/// JSON bodies, for results and for problems (RFC 9457).
final class Json {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final ContentType PROBLEM =
            MediaTypes.applicationWithFixedCharset("problem+json", HttpCharsets.UTF_8)
                    .toContentType();

    private Json() {}

    static HttpResponse response(StatusCode status, Object body) {
        return response(status, ContentTypes.APPLICATION_JSON, body);
    }

    /// `detail` says in a sentence what happened and what to do.
    static HttpResponse problem(StatusCode status, String detail) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", "about:blank");
        body.put("title", status.reason());
        body.put("status", status.intValue());
        body.put("detail", detail);
        return response(status, PROBLEM, body);
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
