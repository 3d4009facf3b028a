package org.elohim.crdt.process;

import org.elohim.crdt.Conflicts;
import org.elohim.crdt.Edit;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Writes values, paths and steps as bytes; `WireReader` reads them back.
///
/// Both ends are of one build, so the bytes carry no version.
final class WireWriter {
    /// The engine too turns half a surrogate pair into this.
    private static final byte[] REPLACEMENT = "\ufffd".getBytes(StandardCharsets.UTF_8);

    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(content);
    private final int bytesMax;

    /// @param bytesMax beyond which nothing more is put together
    WireWriter(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    /// It would be longer than it may.
    static final class TooLong extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        private TooLong(int bytesMax) {
            super("it takes more than bytes=" + bytesMax);
        }
    }

    Bytes written() {
        return Bytes.copyOf(content.toByteArray());
    }

    <E extends Enum<E>> WireWriter tag(E tag) {
        var all = Arrays.asList(tag.getDeclaringClass().getEnumConstants());
        return write(() -> out.writeByte(all.indexOf(tag)));
    }

    WireWriter number(long number) {
        return write(() -> out.writeLong(number));
    }

    WireWriter count(int count) {
        return write(() -> out.writeInt(count));
    }

    WireWriter bytes(Bytes bytes) {
        count(bytes.size());
        return write(() -> out.write(bytes.toArray()));
    }

    WireWriter text(String text) {
        try {
            ByteBuffer encoded =
                    StandardCharsets.UTF_8
                            .newEncoder()
                            .onMalformedInput(CodingErrorAction.REPLACE)
                            .replaceWith(REPLACEMENT)
                            .encode(CharBuffer.wrap(text));
            var raw = new byte[encoded.remaining()];
            encoded.get(raw);
            count(raw.length);
            return write(() -> out.write(raw));
        } catch (CharacterCodingException impossible) {
            throw new IllegalStateException("replacing encoder refused a text", impossible);
        }
    }

    WireWriter hash(ContentHash hash) {
        return bytes(hash.bytes());
    }

    <T> WireWriter all(List<T> items, Consumer<T> write) {
        count(items.size());
        items.forEach(write);
        return this;
    }

    WireWriter path(Path path) {
        return all(
                path.steps(),
                step -> {
                    switch (step) {
                        case Path.Step.Key(var name) -> tag(Tags.PathStep.KEY).text(name);
                        case Path.Step.Index(var at) -> tag(Tags.PathStep.INDEX).count(at);
                    }
                });
    }

    WireWriter step(Edit.Step step) {
        return switch (step) {
            case Edit.Step.Put(var path, var value) ->
                    tag(Tags.EditStep.PUT).path(path).value(value);
            case Edit.Step.Delete(var path) -> tag(Tags.EditStep.DELETE).path(path);
            case Edit.Step.Insert(var path, var value) ->
                    tag(Tags.EditStep.INSERT).path(path).value(value);
            case Edit.Step.Splice(var path, var start, var deleteCount, var text) ->
                    tag(Tags.EditStep.SPLICE)
                            .path(path)
                            .number(start)
                            .number(deleteCount)
                            .text(text);
            case Edit.Step.Increment(var path, var by) ->
                    tag(Tags.EditStep.INCREMENT).path(path).number(by);
            case Edit.Step.Highlight(var path, var mark, var expand) ->
                    tag(Tags.EditStep.HIGHLIGHT).path(path).mark(mark).tag(expand);
        };
    }

    WireWriter value(Value value) {
        return switch (value) {
            case Value.Fields(var entries) ->
                    tag(Tags.Kind.FIELDS)
                            .all(
                                    List.copyOf(entries.entrySet()),
                                    (Map.Entry<String, Value> entry) ->
                                            text(entry.getKey()).value(entry.getValue()));
            case Value.Items(var items) -> tag(Tags.Kind.ITEMS).all(items, this::value);
            case Value.Text(var text, var marks) ->
                    tag(Tags.Kind.TEXT).text(text).all(marks, this::mark);
            case Value.Counter(var count) -> tag(Tags.Kind.COUNTER).number(count);
            case Value.Str(var text) -> tag(Tags.Kind.STR).text(text);
            case Value.Int(var number) -> tag(Tags.Kind.INT).number(number);
            case Value.Uint(var number) -> tag(Tags.Kind.UINT).number(number);
            case Value.Real(var number) ->
                    tag(Tags.Kind.REAL).number(Double.doubleToRawLongBits(number));
            case Value.Bool(var truth) -> tag(truth ? Tags.Kind.TRUE : Tags.Kind.FALSE);
            case Value.Timestamp(var at) -> tag(Tags.Kind.TIMESTAMP).number(at.toEpochMilli());
            case Value.Binary(var bytes) -> tag(Tags.Kind.BINARY).bytes(bytes);
            case Value.Null _ -> tag(Tags.Kind.NULL);
            case Value.Unknown(var typeCode) -> tag(Tags.Kind.UNKNOWN).count(typeCode);
            case Value.Blob(var hash) -> tag(Tags.Kind.BLOB).hash(hash);
        };
    }

    WireWriter conflicts(Conflicts conflicts) {
        return all(
                        conflicts.listed(),
                        conflict ->
                                path(conflict.path())
                                        .claim(conflict.shown())
                                        .all(conflict.hidden(), this::claim))
                .count(conflicts.more());
    }

    private WireWriter claim(Conflicts.Claim claim) {
        Conflicts.Author by = claim.by();
        return value(claim.value())
                .bytes(by.actor())
                .hash(by.change())
                .all(by.time().stream().toList(), time -> number(time.getEpochSecond()));
    }

    private WireWriter mark(Value.Mark mark) {
        return number(mark.start()).number(mark.end()).text(mark.name()).value(mark.value());
    }

    @FunctionalInterface
    private interface Write {
        void run() throws IOException;
    }

    private WireWriter write(Write write) {
        try {
            write.run();
            if (content.size() > bytesMax) {
                throw new TooLong(bytesMax);
            }
            return this;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
