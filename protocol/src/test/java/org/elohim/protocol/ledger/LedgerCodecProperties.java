package org.elohim.protocol.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

class LedgerCodecProperties {
    private static final NodeId AUTHOR = Entries.id(1);

    @Property
    void whatIsWrittenIsRead(@ForAll long seed) {
        List<LedgerEntry> entries = Entries.some(new Random(seed), AUTHOR);
        assertEquals(
                new Decoded.Parsed<>(
                        new LedgerCodec.Contents(
                                entries.stream().map(LedgerCodecProperties::byItsAuthor).toList(),
                                0)),
                LedgerCodec.decode(AUTHOR, LedgerCodec.encode(entries)));
    }

    private static LedgerEntry byItsAuthor(LedgerEntry entry) {
        return entry instanceof LedgerEntry.DeviceRegistered each
                ? new LedgerEntry.DeviceRegistered(
                        each.device(),
                        each.token(),
                        each.label(),
                        each.atMillis(),
                        new Term(each.term().number(), AUTHOR))
                : entry;
    }

    @Property
    void anyBytesAreAnAnswer(@ForAll byte[] bytes) {
        assertNotNull(LedgerCodec.decode(AUTHOR, Bytes.copyOf(bytes)));
    }

    @Property
    void whatIsCutOrChangedIsAnAnswer(@ForAll long seed, @ForAll int at, @ForAll byte change) {
        List<LedgerEntry> entries = Entries.some(new Random(seed), AUTHOR);
        byte[] whole = LedgerCodec.encode(entries).toArray();
        int where = Math.floorMod(at, whole.length);
        assertNotNull(LedgerCodec.decode(AUTHOR, Bytes.copyOf(Arrays.copyOf(whole, where))));
        whole[where] ^= change;
        assertNotNull(LedgerCodec.decode(AUTHOR, Bytes.copyOf(whole)));
    }
}
