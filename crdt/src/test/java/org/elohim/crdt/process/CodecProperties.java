package org.elohim.crdt.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import org.elohim.crdt.Conflicts;
import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Edit;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.fuzz.Cost;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/// Both directions of the pipe: what is said is understood, what is rubbish harms nobody.
class CodecProperties {
    // The shortest values are a byte. Each becomes an object and a place in a list that grows, and
    // to know its kind the kinds are listed.
    private static final Cost DECODING = new Cost(160, 1 << 16);

    @Property
    void aRequestIsReadAsItWasWritten(@ForAll("requests") Request request) {
        assertEquals(new Decoded.Parsed<>(request), Codec.request(Codec.encode(request)));
    }

    @Property
    void aReplyIsReadAsItWasWritten(@ForAll("replies") Reply reply) {
        assertEquals(new Decoded.Parsed<>(reply), Codec.reply(Codec.encode(reply)));
    }

    @Property
    void aTruncatedBodyIsNeverTheWholeOne(
            @ForAll("requests") Request request,
            @ForAll("replies") Reply reply,
            @ForAll @IntRange(max = 5000) int cut) {
        Bytes asked = Codec.encode(request);
        Bytes answered = Codec.encode(reply);

        assertNotEquals(
                new Decoded.Parsed<>(request), readRequest(asked.slice(0, cut % asked.size())));
        assertNotEquals(
                new Decoded.Parsed<>(reply), readReply(answered.slice(0, cut % answered.size())));
    }

    @Property
    void randomBytesAreMalformedAtMost(@ForAll byte[] random) {
        readRequest(Bytes.copyOf(random));
        readReply(Bytes.copyOf(random));
    }

    @Property
    void aFlippedBitCostsNoMoreThanTheBytesThatCame(
            @ForAll("requests") Request request,
            @ForAll("replies") Reply reply,
            @ForAll @IntRange(max = 100_000) int bit) {
        readRequest(flipped(Codec.encode(request), bit));
        readReply(flipped(Codec.encode(reply), bit));
    }

    /// A length or count anywhere, set to anything.
    @Property
    void aForgedLengthCostsNoMoreThanTheBytesThatCame(
            @ForAll("requests") Request request,
            @ForAll("replies") Reply reply,
            @ForAll int length,
            @ForAll @IntRange(max = 5000) int at) {
        readRequest(forged(Codec.encode(request), length, at));
        readReply(forged(Codec.encode(reply), length, at));
    }

    @Example
    void aListOfAMillionNullsCostsNoMoreThanItsMultiple() {
        var out =
                new WireWriter(Frames.BODY_BYTES_MAX)
                        .tag(Tags.Answered.FOUND)
                        .tag(Tags.Kind.ITEMS)
                        .count(1 << 20);
        for (int i = 0; i < 1 << 20; i++) {
            out.tag(Tags.Kind.NULL);
        }
        Bytes body = out.written();

        assertInstanceOf(Decoded.Parsed.class, readReply(body));
    }

    @Example
    void nestingIsReadAsDeepAsAnEditMayBeAndNoDeeper() {
        assertInstanceOf(Decoded.Parsed.class, readReply(nested(Edit.DEPTH_MAX)));
        assertInstanceOf(Decoded.Malformed.class, readReply(nested(Edit.DEPTH_MAX + 1)));
        assertInstanceOf(Decoded.Malformed.class, readReply(nested(1_000_000)));
    }

    @Example
    void halfASurrogatePairArrivesAsTheReplacementCharacter() {
        assertEquals(
                new Decoded.Parsed<>(new Reply.Failed("a\ufffdb")),
                Codec.reply(Codec.encode(new Reply.Failed("a\ud800b"))));
    }

    // Lists in lists, and a null in the innermost.
    private static Bytes nested(int levels) {
        var out = new WireWriter(Frames.BODY_BYTES_MAX).tag(Tags.Answered.FOUND);
        for (int i = 1; i < levels; i++) {
            out.tag(Tags.Kind.ITEMS).count(1);
        }
        return out.tag(Tags.Kind.NULL).written();
    }

    private static Decoded<Request> readRequest(Bytes body) {
        DECODING.check(body.size(), () -> Codec.request(body));
        return explained(Codec.request(body));
    }

    private static Decoded<Reply> readReply(Bytes body) {
        DECODING.check(body.size(), () -> Codec.reply(body));
        return explained(Codec.reply(body));
    }

    private static <T> Decoded<T> explained(Decoded<T> decoded) {
        if (decoded instanceof Decoded.Malformed<T>(var reason)) {
            assertTrue(!reason.isEmpty() && reason.length() < 200, reason);
        }
        return decoded;
    }

    private static Bytes flipped(Bytes body, int bit) {
        byte[] bytes = body.toArray();
        bytes[bit / 8 % bytes.length] ^= (byte) (1 << bit % 8);
        return Bytes.copyOf(bytes);
    }

    private static Bytes forged(Bytes body, int length, int at) {
        byte[] bytes = body.toArray();
        if (bytes.length >= Integer.BYTES) {
            ByteBuffer.wrap(bytes).putInt(at % (bytes.length - Integer.BYTES + 1), length);
        }
        return Bytes.copyOf(bytes);
    }

    @Provide
    Arbitrary<Request> requests() {
        Arbitrary<Long> document = Arbitraries.longs();
        return Arbitraries.oneOf(
                Combinators.combine(document, bytes()).as(Request.Open::new),
                Combinators.combine(document, bytes()).as(Request.Apply::new),
                Combinators.combine(document, steps().list().ofMaxSize(4)).as(Request.Change::new),
                Combinators.combine(document, path()).as(Request.Read::new),
                Combinators.combine(document, Arbitraries.longs()).as(Request.View::new),
                Combinators.combine(document, Arbitraries.longs()).as(Request.Check::new),
                document.map(Request.Conflicts::new),
                document.map(Request.Heads::new),
                document.map(Request.Save::new),
                document.map(Request.Close::new),
                Arbitraries.just(new Request.Ping()));
    }

    @Provide
    Arbitrary<Reply> replies() {
        Arbitrary<Applied> applied =
                Arbitraries.oneOf(
                        Arbitraries.just(new Applied.Taken()),
                        text().map(Applied.Malformed::new),
                        text().map(Applied.Killed::new));
        Arbitrary<Edited> edited =
                Arbitraries.oneOf(
                        Combinators.combine(bytes(), hash().list().ofMaxSize(4))
                                .as(Edited.Committed::new),
                        Arbitraries.just(new Edited.Unchanged()),
                        text().map(Edited.Refused::new));
        return Arbitraries.oneOf(
                Arbitraries.just(new Reply.Done()),
                text().map(Reply.Failed::new),
                applied.map(Reply.Applied::new),
                edited.map(Reply.Edited::new),
                value().map(Reply.Found::new),
                Arbitraries.just(new Reply.Absent()),
                conflicts().map(Reply.Conflicts::new),
                hash().list().ofMaxSize(4).map(Reply.Heads::new),
                bytes().map(Reply.Saved::new));
    }

    private static Arbitrary<Conflicts> conflicts() {
        Arbitrary<Optional<Instant>> time =
                Arbitraries.longs()
                        .between(Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond())
                        .map(Instant::ofEpochSecond)
                        .optional();
        Arbitrary<Conflicts.Claim> claim =
                Combinators.combine(
                                value(),
                                Combinators.combine(bytes(), hash(), time)
                                        .as(Conflicts.Author::new))
                        .as(Conflicts.Claim::new);
        return Combinators.combine(
                        Combinators.combine(path(), claim, claim.list().ofMinSize(1).ofMaxSize(2))
                                .as(Conflicts.Conflict::new)
                                .list()
                                .ofMaxSize(2),
                        Arbitraries.integers().greaterOrEqual(0))
                .as(Conflicts::new);
    }

    private static Arbitrary<Edit.Step> steps() {
        Arbitrary<Path> path = path().filter(steps -> !steps.steps().isEmpty());
        Arbitrary<Long> count = Arbitraries.longs().greaterOrEqual(0);
        return Arbitraries.oneOf(
                Combinators.combine(path, value()).as(Edit.Step.Put::new),
                path.map(Edit.Step.Delete::new),
                Combinators.combine(path, value()).as(Edit.Step.Insert::new),
                Combinators.combine(path, count, count, text()).as(Edit.Step.Splice::new),
                Combinators.combine(path, Arbitraries.longs()).as(Edit.Step.Increment::new),
                Combinators.combine(path, mark(scalar()), Arbitraries.of(Edit.Expand.values()))
                        .as(Edit.Step.Highlight::new));
    }

    private static Arbitrary<Path> path() {
        Arbitrary<Path.Step> step =
                Arbitraries.oneOf(
                        text().map(Path.Step.Key::new),
                        Arbitraries.integers().greaterOrEqual(0).map(Path.Step.Index::new));
        return step.list().ofMaxSize(4).map(Path::new);
    }

    private static Arbitrary<Value> value() {
        return Arbitraries.recursive(CodecProperties::scalar, CodecProperties::around, 0, 3);
    }

    private static Arbitrary<Value> around(Arbitrary<Value> inner) {
        return Arbitraries.oneOf(
                inner,
                Arbitraries.maps(text(), inner).ofMaxSize(3).map(Value.Fields::new),
                inner.list().ofMaxSize(3).map(Value.Items::new),
                Combinators.combine(text(), mark(inner).list().ofMaxSize(2)).as(Value.Text::new));
    }

    private static Arbitrary<Value> scalar() {
        Arbitrary<Long> number = Arbitraries.longs();
        return Arbitraries.oneOf(
                number.map(Value.Counter::new),
                text().map(Value.Str::new),
                number.map(Value.Int::new),
                number.map(Value.Uint::new),
                number.map(bits -> new Value.Real(Double.longBitsToDouble(bits))),
                Arbitraries.of(true, false).map(Value.Bool::new),
                number.map(millis -> new Value.Timestamp(Instant.ofEpochMilli(millis))),
                bytes().map(Value.Binary::new),
                Arbitraries.just(new Value.Null()),
                Arbitraries.integers().map(Value.Unknown::new),
                hash().map(Value.Blob::new));
    }

    private static Arbitrary<Value.Mark> mark(Arbitrary<Value> value) {
        return Combinators.combine(Arbitraries.longs(), Arbitraries.longs(), text(), value)
                .as(Value.Mark::new);
    }

    // One to four bytes a character; no halves of pairs, which do not come back.
    private static Arbitrary<String> text() {
        return Arbitraries.of("", "a", "key", "\0", "gr\u00fc\u00df", "\u20ac", "\ud83d\ude00")
                .list()
                .ofMaxSize(4)
                .map(parts -> String.join("", parts));
    }

    private static Arbitrary<Bytes> bytes() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(64).map(Bytes::copyOf);
    }

    private static Arbitrary<ContentHash> hash() {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofSize(ContentHash.SIZE_BYTES)
                .map(Bytes::copyOf)
                .map(ContentHash::new);
    }
}
