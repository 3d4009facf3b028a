package org.elohim.client.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.elohim.crdt.Value;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Values of documents as JSON, and back.
///
/// JSON has fewer kinds than documents: bytes are shown as Base64, times as text, counters as
/// numbers.
final class JsonValues {
    static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();
    private static final JsonNodeFactory NODES = JSON.getNodeFactory();

    private JsonValues() {}

    /// A value from the command line: JSON, or else the words themselves.
    static Value parsed(String text) {
        try {
            JsonNode node = JSON.readTree(text);
            return node.isMissingNode() ? new Value.Str(text) : value(node);
        } catch (JsonProcessingException words) {
            return new Value.Str(text);
        }
    }

    private static Value value(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                Map<String, Value> entries = new HashMap<>();
                node.properties().forEach(e -> entries.put(e.getKey(), value(e.getValue())));
                yield new Value.Fields(entries);
            }
            case ARRAY -> {
                List<Value> items = new ArrayList<>();
                node.forEach(item -> items.add(value(item)));
                yield new Value.Items(items);
            }
            case NUMBER ->
                    node.canConvertToLong() && node.isIntegralNumber()
                            ? new Value.Int(node.longValue())
                            : new Value.Real(node.doubleValue());
            case BOOLEAN -> new Value.Bool(node.booleanValue());
            case STRING -> new Value.Str(node.textValue());
            case NULL -> new Value.Null();
            case BINARY, MISSING, POJO ->
                    throw new IllegalStateException("no JSON text has a " + node.getNodeType());
        };
    }

    static JsonNode json(Value value) {
        return switch (value) {
            case Value.Fields(var entries) -> {
                var object = NODES.objectNode();
                new TreeMap<>(entries).forEach((key, each) -> object.set(key, json(each)));
                yield object;
            }
            case Value.Items(var items) -> {
                var array = NODES.arrayNode();
                items.forEach(item -> array.add(json(item)));
                yield array;
            }
            case Value.Text(var text, var _) -> NODES.textNode(text);
            case Value.Counter(long count) -> NODES.numberNode(count);
            case Value.Str(var text) -> NODES.textNode(text);
            case Value.Int(long number) -> NODES.numberNode(number);
            case Value.Uint(long number) ->
                    NODES.numberNode(new BigInteger(Long.toUnsignedString(number)));
            case Value.Real(double number) -> NODES.numberNode(number);
            case Value.Bool(boolean truth) -> NODES.booleanNode(truth);
            case Value.Timestamp(var at) -> NODES.textNode(at.toString());
            case Value.Binary(var bytes) ->
                    NODES.textNode(Base64.getEncoder().encodeToString(bytes.toArray()));
            case Value.Null() -> NODES.nullNode();
            case Value.Blob(var hash) -> NODES.objectNode().put("@blob", hash.toString());
            case Value.Unknown(int typeCode) -> NODES.objectNode().put("@unknown", typeCode);
        };
    }

    /// As a person or a script wants to read it: text without quotes, all else as JSON.
    static String bare(Value value) {
        JsonNode json = json(value);
        return json.isTextual() ? json.textValue() : json.toString();
    }
}
