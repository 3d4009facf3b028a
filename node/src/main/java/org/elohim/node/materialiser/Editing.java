package org.elohim.node.materialiser;

import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.Difference;
import org.elohim.crdt.Edit;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChunkReader;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Makes a document say something else, by changes of this node.
///
/// Invariants: what was not journaled is open nowhere afterwards, and no actor that has written it
/// writes on.
final class Editing {
    static final Refusal TOO_LATE =
            new Refusal(
                    Refusal.Kind.BUSY,
                    "The node came to the document too late, and nothing was written; send it"
                            + " again.");

    private final Workbench bench;
    private final DocumentId id;
    private final OpenDocument document;

    /// For one edit.
    Editing(Workbench bench, DocumentId id, OpenDocument document) {
        this.bench = bench;
        this.id = id;
        this.document = document;
    }

    /// Says how many changes that took, once they are fsynced.
    ///
    /// @param newcomer who may have the document where it is not there yet
    /// @param refusal why nothing may be journaled any more: whoever asked may have been told to
    ///   ask again, or may not write it now
    int make(Bytes json, Ruling newcomer, Supplier<Optional<Refusal>> refusal) {
        return switch (edited(json)) {
            case CrdtEngine.Edited.Unchanged() -> 0;
            case CrdtEngine.Edited.Refused(var reason) ->
                    throw Refusal.thrown(
                            Refusal.Kind.NOT_TAKEN, "A document cannot say this: " + reason);
            case CrdtEngine.Edited.Committed(var chunks, var _) -> {
                List<ChangeChunk> changes = ChunkReader.written(chunks);
                Optional<String> tooLarge = document.tooLarge(changes);
                if (tooLarge.isPresent()) {
                    throw unwritten(Refusal.Kind.TOO_LARGE, tooLarge.get());
                }
                Optional<Refusal> why = refusal.get();
                if (why.isPresent()) {
                    throw bench.unwritten(id, why.get());
                }
                keep(changes, newcomer);
                yield changes.size();
            }
        };
    }

    // What is wanted is a tree too, and so are the steps: from its text on until the child has them
    // there is one of them at a time.
    private CrdtEngine.Edited edited(Bytes json) {
        return bench.inTrees(
                () -> {
                    Edit difference = difference(JsonText.read(json));
                    return document.engine().edit(edit -> edit.all(difference));
                });
    }

    private Edit difference(Value.Fields wanted) {
        try {
            return Difference.between(document.tree(), wanted);
        } catch (IllegalArgumentException unsayable) {
            throw Refusal.thrown(
                    Refusal.Kind.NOT_TAKEN,
                    "A document cannot say this: " + unsayable.getMessage());
        }
    }

    private void keep(List<ChangeChunk> changes, Ruling newcomer) {
        Input.Taken taken;
        try {
            taken = bench.stored().accept(id, changes, newcomer);
        } catch (Refusal.Thrown unknown) {
            throw bench.unwritten(id, inDoubt(unknown.refusal()));
        } catch (RuntimeException bug) {
            // Nobody knows whether it is journaled.
            bench.renewAuthor(id);
            throw bug;
        }
        if (!taken.refused().isEmpty()) {
            Input.Refusal why = taken.refused().getFirst();
            throw switch (why.limit()) {
                case DOCUMENT_DELETED -> bench.unwritten(id, Rights.deleted(id));
                case DOCUMENT_BYTES, DOCUMENT_CHANGES ->
                        unwritten(Refusal.Kind.TOO_LARGE, why.explanation());
                case UNREADABLE -> unwritten(Refusal.Kind.UNREADABLE, why.explanation());
                case SEQUENCE, ENTANGLED, BEHIND_REFUSED, REACH, WITHHELD ->
                        unwritten(Refusal.Kind.NOT_TAKEN, why.explanation());
            };
        }
        if (!taken.missing().isEmpty()) {
            throw unwritten(
                    Refusal.Kind.BUSY, "The document changed meanwhile; nothing was written.");
        }
        document.wrote(changes);
    }

    private static Refusal inDoubt(Refusal refusal) {
        return refusal.kind() == Refusal.Kind.BUSY
                ? new Refusal(
                        Refusal.Kind.BUSY,
                        "The node's journal did not answer in time. What was to be written may be"
                                + " written or not: read it first.")
                : refusal;
    }

    private Refusal.Thrown unwritten(Refusal.Kind kind, String words) {
        return bench.unwritten(id, new Refusal(kind, words));
    }
}
