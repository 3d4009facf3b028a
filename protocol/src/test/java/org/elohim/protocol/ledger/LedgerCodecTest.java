package org.elohim.protocol.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.ledger.wire.Entry;
import org.elohim.protocol.ledger.wire.NodeGone;
import org.elohim.protocol.ledger.wire.TokenIssued;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

class LedgerCodecTest {
    private static final NodeId AUTHOR = Entries.id(0xa1);
    private static final List<LedgerEntry> ALL_KINDS =
            List.of(
                    new LedgerEntry.NodeMet(Entries.id(0xb2)),
                    new LedgerEntry.TokenIssued(
                            Entries.token(0xc3),
                            "Großmutter's phone",
                            List.of(Scope.parse("write:reach:local"), Scope.parse("admin")),
                            Entries.AT),
                    new LedgerEntry.TokenRevoked(Entries.token(0xc3), Entries.AT + 1),
                    new LedgerEntry.DeviceSeen(
                            Entries.id(0xd4),
                            Optional.of(Entries.token(0xc3)),
                            "Großmutter's phone",
                            Entries.AT + 2),
                    new LedgerEntry.DeviceSeen(
                            Entries.id(0xd5), Optional.empty(), "", Entries.AT + 3),
                    new LedgerEntry.DeviceRegistered(
                            Entries.id(0xd4),
                            Optional.of(Entries.token(0xc3)),
                            "Großmutter's phone",
                            Entries.AT + 4,
                            new Term(7, AUTHOR)));

    @Test
    void theEncodingIsTheGoldenOne() throws IOException {
        assertEquals(golden(), LedgerCodec.encode(ALL_KINDS).toHex());
    }

    @Test
    void theGoldenBytesAreReadWithAllTheirFields() throws IOException {
        assertEquals(contents(ALL_KINDS, 0), decoded(Bytes.parseHex(golden())));
    }

    @Test
    void whoIsGoneAndBackIsWrittenAndReadAsInTheGoldenBytes() throws IOException {
        List<LedgerEntry> entries =
                List.of(
                        new LedgerEntry.NodeGone(Entries.id(0xb2), 0),
                        new LedgerEntry.NodeMet(Entries.id(0xb2), 4),
                        new LedgerEntry.NodeGone(Entries.id(0xb2), 3));

        assertEquals(golden("gone"), LedgerCodec.encode(entries).toHex());
        assertEquals(contents(entries, 0), decoded(Bytes.parseHex(golden("gone"))));
    }

    @Test
    void aLifeThatCouldNotBeCountedOnIsPassedOver() {
        var gone =
                NodeGone.newBuilder()
                        .setNode(ByteString.copyFrom(new byte[32]))
                        .setLife(LedgerEntry.LIFE_MAX);
        Bytes bytes =
                Bytes.copyOf(
                        org.elohim.protocol.ledger.wire.Entries.newBuilder()
                                .addEntries(Entry.newBuilder().setNodeGone(gone))
                                .addEntries(
                                        Entry.newBuilder().setNodeGone(gone.clone().setLife(-1)))
                                .build()
                                .toByteArray());
        assertEquals(contents(List.of(), 2), decoded(bytes));
    }

    @Test
    void aKindOfANewerVersionIsPassedOverAlone() throws IOException {
        // An entry with field 99, then a field 15 beside the entries.
        var newer = Bytes.parseHex(golden() + "0a03" + "9a0600" + "7801");

        assertEquals(contents(ALL_KINDS, 1), decoded(newer));
    }

    @Test
    void aTokenWithAScopeOfANewerVersionIsWorthNothingHere() {
        var known =
                TokenIssued.newBuilder()
                        .setTokenHash(ByteString.copyFrom(new byte[32]))
                        .setLabel("phone")
                        .addScopes("write:reach:local");

        assertEquals(0, decoded(message(known)).skipped());
        assertEquals(
                contents(List.of(), 1), decoded(message(known.addScopes("read:album:holidays"))));
    }

    @Test
    void whatIsTooLongIsPassedOver() {
        var issued =
                TokenIssued.newBuilder()
                        .setTokenHash(ByteString.copyFrom(new byte[32]))
                        .setLabel("x".repeat(LedgerEntry.LABEL_CHARS_MAX + 1))
                        .addScopes("admin");
        assertEquals(contents(List.of(), 1), decoded(message(issued)));

        issued.setLabel("phone").addAllScopes(Collections.nCopies(LedgerEntry.SCOPES_MAX, "admin"));
        assertEquals(contents(List.of(), 1), decoded(message(issued)));

        issued.clearScopes().addScopes("admin").setTokenHash(ByteString.copyFrom(new byte[31]));
        assertEquals(contents(List.of(), 1), decoded(message(issued)));
    }

    @Test
    void moreEntriesThanAChangeHoldsAreNoChange() {
        var many = Collections.nCopies(LedgerCodec.ENTRIES_MAX, (LedgerEntry) Entries.revoked(1));
        Bytes full = LedgerCodec.encode(many);
        assertEquals(contents(many, 0), decoded(full));

        Bytes more = full.concat(LedgerCodec.encode(List.of(Entries.revoked(1))));
        assertInstanceOf(Decoded.Malformed.class, LedgerCodec.decode(AUTHOR, more));
        assertInstanceOf(
                Decoded.Malformed.class,
                LedgerCodec.decode(AUTHOR, Bytes.copyOf(new byte[LedgerCodec.BODY_BYTES_MAX + 1])));
        assertThrows(IllegalArgumentException.class, () -> LedgerCodec.encode(List.of()));
    }

    /// The largest that can be written can be read as well.
    @Test
    void theLargestEntriesOfOneChangeFit() {
        var document = "write:document:" + org.elohim.protocol.id.DocumentId.LEDGER;
        var largest =
                new LedgerEntry.TokenIssued(
                        Entries.token(1),
                        "\u0800".repeat(LedgerEntry.LABEL_CHARS_MAX),
                        Collections.nCopies(LedgerEntry.SCOPES_MAX, Scope.parse(document)),
                        Long.MAX_VALUE);
        var many = Collections.nCopies(LedgerCodec.ENTRIES_MAX, (LedgerEntry) largest);

        assertEquals(contents(many, 0), decoded(LedgerCodec.encode(many)));
    }

    /// So a leader cannot sign for another.
    @Test
    void theLeaderOfARegistrationIsItsAuthor() {
        NodeId other = Entries.id(0xee);
        Bytes body = LedgerCodec.encode(List.of(Entries.registered(1, 7, other)));

        assertEquals(contents(List.of(Entries.registered(1, 7, AUTHOR)), 0), decoded(body));
    }

    private static LedgerCodec.Contents contents(List<LedgerEntry> entries, int skipped) {
        return new LedgerCodec.Contents(entries, skipped);
    }

    private static LedgerCodec.Contents decoded(Bytes body) {
        return switch (LedgerCodec.decode(AUTHOR, body)) {
            case Decoded.Parsed<LedgerCodec.Contents>(var value) -> value;
            case Decoded.Malformed<LedgerCodec.Contents>(var reason) ->
                    throw new AssertionError(reason);
        };
    }

    private static Bytes message(TokenIssued.Builder issued) {
        return Bytes.copyOf(
                org.elohim.protocol.ledger.wire.Entries.newBuilder()
                        .addEntries(Entry.newBuilder().setTokenIssued(issued))
                        .build()
                        .toByteArray());
    }

    private static String golden() throws IOException {
        return golden("entries");
    }

    private static String golden(String name) throws IOException {
        try (var bytes =
                LedgerCodecTest.class.getResourceAsStream("/golden/ledger/" + name + ".hex")) {
            assertNotNull(bytes);
            return new String(bytes.readAllBytes(), StandardCharsets.US_ASCII).strip();
        }
    }
}
