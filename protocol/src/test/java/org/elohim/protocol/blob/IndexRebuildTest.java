package org.elohim.protocol.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.blob.PackRecord.Kind;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.Set;

class IndexRebuildTest {
    private static Optional<IndexEntry> known(List<PackRecord> records) {
        var rebuild = new IndexRebuild(new BlobIndex(1), 0, 0);
        records.forEach(record -> rebuild.apply(record, 4096, true));
        return rebuild.finish(Set.of(Records.SEGMENT)).get(Records.key(1));
    }

    private static PackRecord references(long life, long sequence, int count) {
        return Records.record(Kind.REFERENCES, 1, life, sequence, count, 0);
    }

    @Test
    void ofABlobWhoseRecordIsLostTheReferencesStay() {
        IndexEntry entry = known(List.of(references(5, 8, 2), references(5, 7, 1))).orElseThrow();

        assertTrue(entry.damaged());
        assertEquals(2, entry.references());
        assertEquals(Records.SEGMENT, entry.stateSegment());
    }

    @Test
    void ofABlobWhoseLaterLifeIsLostTheEarlierOneDoesNotComeBack() {
        IndexEntry entry =
                known(List.of(Records.small(1, 3, 100), references(5, 7, 4))).orElseThrow();

        assertTrue(entry.damaged());
        assertEquals(5, entry.life());
        assertEquals(4, entry.references());
    }

    @Test
    void aBlobThatIsGoneDoesNotComeBackByItsReferences() {
        PackRecord gone = Records.record(Kind.GONE, 1, 5, 9, 0, 0);

        assertEquals(Optional.empty(), known(List.of(references(5, 7, 2), gone)));
        assertEquals(Optional.empty(), known(List.of(gone, references(5, 7, 2))));
    }

    @Test
    void whatIsFoundLaterIsWhatItWas() {
        var found = List.of(references(5, 7, 2), Records.small(1, 5, 100));

        IndexEntry entry = known(found).orElseThrow();

        assertFalse(entry.damaged());
        assertEquals(2, entry.references());
    }
}
