package org.elohim.node.blob;

import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.blob.PackRecord.Kind;
import org.elohim.protocol.id.ContentHash;

import java.time.InstantSource;
import java.util.Optional;

/// Which record makes a change true.
final class ChangeRules {
    private final SharedIndex index;
    private final InstantSource clock;

    ChangeRules(SharedIndex index, InstantSource clock) {
        this.index = index;
        this.clock = clock;
    }

    /// The record, not yet placed; nothing where there is nothing to do or nothing that it could be
    /// done to.
    Optional<PackRecord> decide(Change change) {
        Optional<IndexEntry> present = index.get(change.key());
        return switch (change) {
            case Change.Put put -> put(present, Kind.SMALL, put, put.content().remaining());
            case Change.PutLarge put -> put(present, Kind.LARGE, put, put.bytes());
            case Change.References(_, var count) ->
                    present.filter(entry -> entry.references() != count)
                            .map(entry -> references(entry, count));
            case Change.Forget(var key, var sequence) ->
                    present.filter(entry -> entry.references() == 0)
                            .filter(entry -> entry.sequence() == sequence)
                            .map(entry -> unplaced(Kind.GONE, key, entry.life(), 0, 0));
        };
    }

    /// What is answered where there was nothing to decide.
    Outcome unchanged(Change change) {
        boolean isTrue =
                switch (change) {
                    case Change.Keep _ -> true;
                    case Change.References(var key, _) -> index.get(key).isPresent();
                    case Change.Forget _ -> false;
                };
        return isTrue ? new Outcome.Done() : new Outcome.Absent();
    }

    private Optional<PackRecord> put(
            Optional<IndexEntry> present, Kind kind, Change.Keep put, long bytes) {
        boolean isGood = present.filter(entry -> !index.isBad(entry)).isPresent();
        if (isGood) {
            // Otherwise it might be swept away before whoever puts it can say that he wants it.
            return present.filter(
                            entry ->
                                    entry.references() == 0
                                            || entry.references() < put.references())
                    .map(entry -> references(entry, put.references()));
        }
        int references = Math.max(present.map(IndexEntry::references).orElse(0), put.references());
        // A new life: what was told of the damaged one ends with it.
        return Optional.of(unplaced(kind, put.key(), 0, references, bytes));
    }

    private PackRecord references(IndexEntry entry, int references) {
        return unplaced(Kind.REFERENCES, entry.key(), entry.life(), references, 0);
    }

    private PackRecord unplaced(
            Kind kind, ContentHash key, long life, int references, long contentBytes) {
        long since = references == 0 ? clock.instant().getEpochSecond() : 0;
        return new PackRecord(kind, 0, 0, key, life, 0, 0, 0, references, since, contentBytes);
    }
}
