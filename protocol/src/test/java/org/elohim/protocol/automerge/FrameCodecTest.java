package org.elohim.protocol.automerge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.Frame.PeerMetadata;
import org.elohim.protocol.automerge.Frame.StorageHeads;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

class FrameCodecTest {
    private static final PeerMetadata NOTHING_STORED = new PeerMetadata(null, true);
    private static final String STORAGE = "2f1b1a4e-7a3c-4a7d-9a52-6f3f0c8d1e11";
    private static final DocumentId DOCUMENT =
            new DocumentId(Bytes.parseHex("0123456789ab4def8123456789abcdef"));

    @Test
    void greetingsAreReadThoughWhatIsUndefinedIsWritten() {
        assertEquals(
                new Frame.Join("client-one", NOTHING_STORED, List.of("1")), golden("client-join"));
        assertEquals(
                new Frame.Peer("server", "client-one", NOTHING_STORED, "1"), golden("server-peer"));
    }

    @Test
    void partingsAreRead() {
        assertEquals(
                new Frame.Failure("server", "client-one", "unsupported protocol version"),
                golden("made-error"));
        assertEquals(new Frame.Leave("client-one"), golden("made-leave"));
    }

    @Test
    void theSyncMessagesInFramesAreRead() {
        var request = assertInstanceOf(Frame.Request.class, golden("client-request"));
        var sync = assertInstanceOf(Frame.Sync.class, golden("client-sync"));

        assertEquals(List.of(), Npm.parsed(AutomergeCodec.decode(request.data())).heads());
        assertEquals(1, Npm.parsed(AutomergeCodec.decode(sync.data())).heads().size());
        assertEquals("server", request.targetId());
        assertEquals(request.document(), sync.document());
    }

    @Test
    void whatIsPassedOnKeepsItsSender() {
        var said = assertInstanceOf(Frame.Ephemeral.class, golden("client-ephemeral"));
        var passedOn = assertInstanceOf(Frame.Ephemeral.class, golden("server-ephemeral"));

        assertEquals("client-one", passedOn.senderId());
        assertEquals("client-two", passedOn.targetId());
        assertEquals(
                new Frame.Ephemeral(
                        said.senderId(),
                        "client-two",
                        said.document(),
                        said.count(),
                        said.sessionId(),
                        said.data()),
                passedOn);
    }

    @Test
    void whatIsUnavailableIsNamed() {
        var unavailable =
                assertInstanceOf(Frame.Unavailable.class, golden("server-doc-unavailable"));

        assertEquals("client-two", unavailable.targetId());
    }

    @Test
    void whoHasWhatIsRead() {
        String headLine = Npm.lines("heads.txt").getFirst();
        ContentHash head = ContentHash.parse(headLine.substring(headLine.indexOf(' ') + 1));
        String idLine = Npm.lines("ids.txt").getFirst();

        assertEquals(
                new Frame.HeadsChanged(
                        "server",
                        "client-one",
                        DocumentId.parse(idLine.substring(0, idLine.indexOf(' '))),
                        Map.of(STORAGE, new StorageHeads(List.of(head), 1_767_225_600_000L))),
                golden("made-remote-heads-changed"));
        assertEquals(
                new Frame.SubscriptionChange("client-one", "server", List.of(STORAGE), List.of()),
                golden("made-remote-subscription-change"));
        assertEquals(
                List.of(STORAGE),
                assertInstanceOf(
                                Frame.SubscriptionChange.class,
                                golden("client-remote-subscription-change"))
                        .add());
    }

    // {"type": "leave", "senderId": "a"}, written in other ways.
    @ParameterizedTest
    @ValueSource(
            strings = {
                // A map of unknown length, and texts in pieces.
                "bf6474797065656c656176656873656e64657249647f6161ffff",
                // The other way round.
                "a26873656e646572496461616474797065656c65617665",
                // With a key that nobody knows.
                "a36474797065656c656176656873656e64657249646161656f74686572a16178820102",
                // With an unknown key that is a number, and a tag in front of all.
                "d9d9f7a36474797065656c656176656873656e6465724964616101f6"
            })
    void aFrameMayBeWrittenInManyWays(String hex) {
        assertEquals(
                new Decoded.Parsed<>(new Frame.Leave("a")), FrameCodec.decode(Bytes.parseHex(hex)));
    }

    @Test
    void bytesMayStandBehindTheTagOfATypedArray() {
        var sync = new Frame.Sync("a", "b", DOCUMENT, Bytes.parseHex("42000000"));
        String hex = FrameCodec.encode(sync).toHex();

        String tagged = hex.replace("4442000000", "d8404442000000");

        assertEquals(new Decoded.Parsed<>(sync), FrameCodec.decode(Bytes.parseHex(tagged)));
    }

    @Test
    void whatJavaScriptCouldNotReadAsANumberIsWrittenAsAFloat() {
        String hex =
                FrameCodec.encode(
                                new Frame.Ephemeral(
                                        "a", "b", DOCUMENT, 1L << 32, "s", Bytes.parseHex("f6")))
                        .toHex();

        assertTrue(hex.contains("fb41f0000000000000"), hex);
    }

    @ParameterizedTest
    @CsvSource({
        "'', unexpected null",
        "80, unexpected START_ARRAY",
        "a0, no type",
        "a16474797065656c65617665, no senderId",
        "a16474797065636f6464, no senderId",
        "a26474797065636f64646873656e64657249646161, unknown type odd",
        "a26474797065056873656e64657249646161, unexpected VALUE_NUMBER_INT",
        "a26474797065656c656176656873656e646572496460, empty id",
        "a26474797065656c656176656873656e6465724964616100, bytes after it",
        "a264747970656161647479706561616161, Duplicate",
        "a1617881818181818181818101, nesting depth",
        "a26474797065656c656176656873656e64657249647a7fffffff61, ''",
        "ff, ''",
    })
    void whatIsNoFrameIsRefusedInWords(String hex, String why) {
        String reason = Npm.reason(FrameCodec.decode(Bytes.parseHex(hex)));

        assertTrue(reason.startsWith("frame: ") && reason.contains(why), reason);
    }

    @Test
    void emptyDataAndIdsThatAreNoneAreRefused() {
        var sync = new Frame.Sync("a", "b", DOCUMENT, Bytes.parseHex("42000000"));
        String hex = FrameCodec.encode(sync).toHex();
        String id = hex(DOCUMENT.toString());

        String empty =
                Npm.reason(FrameCodec.decode(Bytes.parseHex(hex.replace("4442000000", "40"))));
        String mistyped =
                Npm.reason(
                        FrameCodec.decode(
                                Bytes.parseHex(
                                        hex.replace(id, id.substring(0, id.length() - 2) + "7a"))));

        assertTrue(empty.contains("data bytes=0"), empty);
        assertTrue(mistyped.contains("not a document id"), mistyped);
    }

    private static Frame golden(String name) {
        String hex = Npm.lines("frames/" + name + ".hex").getFirst();
        return Npm.parsed(FrameCodec.decode(Bytes.parseHex(hex)));
    }

    private static String hex(String text) {
        return Bytes.copyOf(text.getBytes(StandardCharsets.US_ASCII)).toHex();
    }
}
