package org.elohim.crdt;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What stands in a document, as a tree without any tie to the engine that read it.
///
/// Invariants: immutable; indexes count Unicode code points, as the engine does.
public sealed interface Value {
    record Fields(Map<String, Value> entries) implements Value {
        public Fields {
            entries = Map.copyOf(entries);
        }
    }

    record Items(List<Value> items) implements Value {
        public Items {
            items = List.copyOf(items);
        }
    }

    record Text(String text, List<Mark> marks) implements Value {
        public Text {
            Objects.requireNonNull(text);
            marks = List.copyOf(marks);
        }
    }

    record Counter(long count) implements Value {}

    record Str(String text) implements Value {
        public Str {
            Objects.requireNonNull(text);
        }
    }

    record Int(long number) implements Value {}

    /// Read it with `Long.toUnsignedString`; JavaScript sees a BigInt, so prefer `Int`.
    record Uint(long number) implements Value {}

    record Real(double number) implements Value {}

    record Bool(boolean truth) implements Value {}

    /// Milliseconds are all that is kept.
    record Timestamp(Instant at) implements Value {
        public Timestamp {
            at = Instant.ofEpochMilli(at.toEpochMilli());
        }
    }

    record Binary(Bytes bytes) implements Value {
        public Binary {
            Objects.requireNonNull(bytes);
        }
    }

    record Null() implements Value {}

    /// Of a kind that this version does not know, or nested too deep, or too large for where it is
    /// shown; it can be read, not written.
    record Unknown(int typeCode) implements Value {}

    /// From code point `start` up to `end`, which is excluded.
    record Mark(long start, long end, String name, Value value) {
        public Mark {
            Objects.requireNonNull(name);
            Objects.requireNonNull(value);
        }
    }

    /// In the document a blob is a map of one entry, `{"@blob": "64 hex digits"}`: other programs
    /// see that map, ours see this. A map with more entries is just a map.
    record Blob(ContentHash hash) implements Value {
        static final String KEY = "@blob";

        public Blob {
            Objects.requireNonNull(hash);
        }

        static Value orFields(Map<String, Value> entries) {
            if (entries.size() == 1 && entries.get(KEY) instanceof Str(var hex)) {
                try {
                    return new Blob(ContentHash.parse(hex));
                } catch (IllegalArgumentException somethingElse) {
                    return new Fields(entries);
                }
            }
            return new Fields(entries);
        }

        Fields fields() {
            var entries = new LinkedHashMap<String, Value>();
            entries.put(KEY, new Str(hash.toString()));
            return new Fields(entries);
        }
    }
}
