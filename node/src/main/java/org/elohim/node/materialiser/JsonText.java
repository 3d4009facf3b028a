package org.elohim.node.materialiser;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;

import org.elohim.crdt.Plain;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Plain values as JSON and back.
///
/// Invariants: what is read costs no more than a multiple of its bytes and is exactly what it says,
/// or an error in words: neither duplicate keys nor numbers that are none nor half characters pass,
/// since each would make of it something else without a word.
final class JsonText {
    /// Of what is read and of what is written; larger things belong into blobs.
    static final int BYTES_MAX = 4 << 20;

    /// As deep as a document is shown.
    private static final int DEPTH_MAX = 100;

    // More digits tell nothing: of each number a document keeps 64 bits.
    private static final int DIGITS_MAX = 1_000;

    private static final JsonFactory JSON =
            new JsonFactoryBuilder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(DEPTH_MAX)
                                    .maxNumberLength(DIGITS_MAX)
                                    .maxStringLength(BYTES_MAX)
                                    .maxNameLength(BYTES_MAX)
                                    .build())
                    .build();

    private JsonText() {}

    /// @throws IllegalArgumentException in words where this is no JSON object
    static Value.Fields read(Bytes json) {
        try (JsonParser in = JSON.createParser(json.toArray())) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException(
                        "a document is a JSON object, {…}, and this is none");
            }
            Value.Fields root = fields(in);
            if (in.nextToken() != null) {
                throw at(in.currentTokenLocation(), "there is more behind the object's end");
            }
            return root;
        } catch (JsonProcessingException notJson) {
            throw at(notJson.getLocation(), "no JSON: " + notJson.getOriginalMessage());
        } catch (IOException impossible) {
            // It is in memory; what is left are bytes that are no UTF-8.
            throw new IllegalArgumentException("no JSON: " + impossible.getMessage(), impossible);
        }
    }

    private static Value value(JsonParser in, JsonToken token) throws IOException {
        return switch (token) {
            case START_OBJECT -> fields(in);
            case START_ARRAY -> items(in);
            case VALUE_STRING -> new Value.Text(whole(in, in.getText()), List.of());
            case VALUE_NUMBER_INT -> integer(in);
            case VALUE_NUMBER_FLOAT -> real(in, in.getDoubleValue());
            case VALUE_TRUE -> new Value.Bool(true);
            case VALUE_FALSE -> new Value.Bool(false);
            case VALUE_NULL -> new Value.Null();
            case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                    throw at(in.currentTokenLocation(), "no value where one is due");
        };
    }

    private static Value.Fields fields(JsonParser in) throws IOException {
        Map<String, Value> entries = new HashMap<>();
        while (next(in) != JsonToken.END_OBJECT) {
            String key = whole(in, in.currentName());
            if (key.isEmpty()) {
                throw at(in.currentTokenLocation(), "an empty key, which documents do not have");
            }
            entries.put(key, value(in, next(in)));
        }
        return new Value.Fields(entries);
    }

    private static Value items(JsonParser in) throws IOException {
        List<Value> items = new ArrayList<>();
        for (JsonToken token = next(in); token != JsonToken.END_ARRAY; token = next(in)) {
            items.add(value(in, token));
        }
        return new Value.Items(items);
    }

    private static JsonToken next(JsonParser in) throws IOException {
        JsonToken token = in.nextToken();
        if (token == null) {
            throw at(in.currentLocation(), "it ends in the middle");
        }
        return token;
    }

    private static Value integer(JsonParser in) throws IOException {
        BigInteger number = in.getBigIntegerValue();
        if (number.bitLength() < Long.SIZE) {
            return new Value.Int(number.longValue());
        }
        if (number.signum() > 0 && number.bitLength() == Long.SIZE) {
            return new Value.Uint(number.longValue());
        }
        double nearest = number.doubleValue();
        if (Double.isFinite(nearest) && !isSaidBy(nearest, number)) {
            throw at(
                    in.currentTokenLocation(),
                    "a whole number of more than 64 bits, of which a document would hold another"
                            + " one; write it as a string");
        }
        return real(in, nearest);
    }

    /// Exactly, or in as few digits as other programs write it.
    private static boolean isSaidBy(double nearest, BigInteger number) {
        var said = new BigDecimal(number);
        return new BigDecimal(nearest).compareTo(said) == 0
                || new BigDecimal(Double.toString(nearest)).compareTo(said) == 0;
    }

    private static Value real(JsonParser in, double number) throws IOException {
        if (!Double.isFinite(number)) {
            throw at(
                    in.currentTokenLocation(),
                    "the number %s… is larger than any that a document can hold"
                            .formatted(in.getText().substring(0, 1)));
        }
        return Plain.number(number);
    }

    /// Half a pair of surrogates is no character, and would become another one.
    private static String whole(JsonParser in, String text) {
        boolean halved =
                text.codePoints()
                        .anyMatch(
                                c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
        if (halved) {
            throw at(
                    in.currentTokenLocation(),
                    "half a character: a surrogate (\\ud800 to \\udfff) without its other half");
        }
        return text;
    }

    private static IllegalArgumentException at(JsonLocation place, String words) {
        return new IllegalArgumentException(
                place == null
                        ? words
                        : "line %d, column %d: %s"
                                .formatted(place.getLineNr(), place.getColumnNr(), words));
    }

    /// Nothing where it would be too long.
    static Optional<Bytes> write(Value plain) {
        var out = new Limited();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            write(json, plain);
        } catch (TooLong full) {
            return Optional.empty();
        } catch (IOException notOurs) {
            throw new IllegalStateException("cannot be written as JSON", notOurs);
        }
        return Optional.of(Bytes.copyOf(out.content.toByteArray()));
    }

    private static void write(JsonGenerator json, Value plain) throws IOException {
        switch (plain) {
            case Value.Fields(var entries) -> {
                json.writeStartObject();
                // Sorted, so that the same content is the same text.
                for (var entry : sorted(entries)) {
                    json.writeFieldName(entry.getKey());
                    write(json, entry.getValue());
                }
                json.writeEndObject();
            }
            case Value.Items(var items) -> {
                json.writeStartArray();
                for (Value item : items) {
                    write(json, item);
                }
                json.writeEndArray();
            }
            case Value.Text(var text, _) -> json.writeString(text);
            case Value.Int(long number) -> json.writeNumber(number);
            case Value.Uint(long number) ->
                    json.writeNumber(new BigInteger(Long.toUnsignedString(number)));
            case Value.Real(double number) -> json.writeNumber(number);
            case Value.Bool(boolean truth) -> json.writeBoolean(truth);
            case Value.Null _ -> json.writeNull();
            case Value.Counter _,
                    Value.Str _,
                    Value.Timestamp _,
                    Value.Binary _,
                    Value.Unknown _,
                    Value.Blob _ ->
                    throw new IllegalArgumentException("not plain: " + plain);
        }
    }

    private static List<Map.Entry<String, Value>> sorted(Map<String, Value> entries) {
        return entries.entrySet().stream().sorted(Comparator.comparing(Map.Entry::getKey)).toList();
    }

    private static final class TooLong extends IOException {
        private static final long serialVersionUID = 1;
    }

    private static final class Limited extends OutputStream {
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (content.size() + length > BYTES_MAX) {
                throw new TooLong();
            }
            content.write(bytes, from, length);
        }
    }
}
