package org.elohim.protocol.blob;

import org.elohim.protocol.id.ContentHash;

/// What the index knows of one blob.
///
/// @param sequence of the record that told `references` last
/// @param place where the record lies that began the blob's life; in the segment [#NOWHERE] where
///   that record is lost
/// @param stateSegment where the record with `sequence` lies, [#NOWHERE] where that is the one at
///   `place`
/// @param recordBytes what the record at `place` takes in its segment
/// @param damaged whether its content was found to be bad or missing; it is not served, and a put
///   heals it
public record IndexEntry(
        ContentHash key,
        long life,
        long sequence,
        int references,
        long unreferencedSince,
        Place place,
        int recordBytes,
        boolean large,
        int stateSegment,
        boolean damaged) {
    public static final int NOWHERE = 0;

    /// Segment and offset of a record. Segments are numbered from one on.
    public record Place(int segment, int offset) {}

    static IndexEntry of(PackRecord record, int offset, boolean damaged) {
        return new IndexEntry(
                record.key(),
                record.life(),
                record.sequence(),
                record.references(),
                record.unreferencedSince(),
                new Place(record.segment(), offset),
                record.sizeBytes(),
                record.kind() == PackRecord.Kind.LARGE,
                NOWHERE,
                damaged);
    }

    /// A blob of which only this is left, that it had references.
    static IndexEntry lost(PackRecord told) {
        return new IndexEntry(
                told.key(),
                told.life(),
                told.sequence(),
                told.references(),
                told.unreferencedSince(),
                new Place(NOWHERE, 0),
                0,
                false,
                told.segment(),
                true);
    }

    /// The same with its grace begun at this second, where it has no references.
    public IndexEntry withGraceFrom(long second) {
        return new IndexEntry(
                key,
                life,
                sequence,
                references,
                references == 0 ? Math.max(second, unreferencedSince) : unreferencedSince,
                place,
                recordBytes,
                large,
                stateSegment,
                damaged);
    }

    /// The same with what this record says of its references.
    public IndexEntry withReferencesOf(PackRecord record) {
        return new IndexEntry(
                key,
                life,
                record.sequence(),
                record.references(),
                record.unreferencedSince(),
                place,
                recordBytes,
                large,
                record.segment(),
                damaged);
    }

    /// The same with what another one knows of its references.
    IndexEntry withState(IndexEntry other) {
        return new IndexEntry(
                key,
                life,
                other.sequence,
                other.references,
                other.unreferencedSince,
                place,
                recordBytes,
                large,
                other.stateSegment == NOWHERE ? other.place.segment() : other.stateSegment,
                damaged);
    }

    /// The same, after its record and perhaps the one of its references were copied.
    public IndexEntry at(Place copy, int stateSegment) {
        return new IndexEntry(
                key,
                life,
                sequence,
                references,
                unreferencedSince,
                copy,
                recordBytes,
                large,
                stateSegment,
                damaged);
    }

    public IndexEntry asDamaged() {
        return new IndexEntry(
                key,
                life,
                sequence,
                references,
                unreferencedSince,
                place,
                recordBytes,
                large,
                stateSegment,
                true);
    }
}
