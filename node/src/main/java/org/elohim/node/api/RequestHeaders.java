package org.elohim.node.api;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Headers as they were sent, whether or not the framework knows them.
final class RequestHeaders {
    private static final String WEAK = "W/";

    private RequestHeaders() {}

    /// All of that name, as one.
    static Optional<String> joined(HttpRequest request, String name) {
        List<String> lines = new ArrayList<>();
        for (HttpHeader header : request.getHeaders()) {
            if (header.lowercaseName().equals(name.toLowerCase(Locale.ROOT))) {
                lines.add(header.value());
            }
        }
        return lines.isEmpty() ? Optional.empty() : Optional.of(String.join(",", lines));
    }

    static List<String> listed(String header) {
        return Arrays.stream(header.split(",", -1))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
    }

    /// Whether a condition holds of what has this tag: `*`, or a list with the tag in it.
    ///
    /// @param evenWeak whether a tag counts that only says that it is alike
    static boolean names(String condition, String tag, boolean evenWeak) {
        return condition.strip().equals("*")
                || listed(condition).stream()
                        .map(
                                each ->
                                        evenWeak && each.startsWith(WEAK)
                                                ? each.substring(WEAK.length())
                                                : each)
                        .anyMatch(tag::equals);
    }
}
