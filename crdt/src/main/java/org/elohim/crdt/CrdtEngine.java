package org.elohim.crdt;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One open document that can be read and edited.
///
/// Invariants: one in this process is used by the thread that opened it, any other gets an
/// `IllegalStateException`; one in a child process throws `EngineLost` once that is gone; bytes
/// from others never throw; an actor id is used by one engine at a time (two would write the same
/// seq twice, which never merges again), so the caller leases it.
public interface CrdtEngine extends AutoCloseable {
    /// What reads the changes: another version may read what this one fails on.
    String VERSION = "automerge-java 0.0.7";

    sealed interface Applied {
        /// They are in, or wait inside for what they build on.
        record Taken() implements Applied {}

        record Malformed(String reason) implements Applied {}

        /// The process of the engine died of them, or did not answer in time. This engine is lost.
        record Killed(String reason) implements Applied {}
    }

    sealed interface Edited {
        record Committed(Bytes changes, List<ContentHash> hashes) implements Edited {
            public Committed {
                hashes = List.copyOf(hashes);
            }
        }

        /// The document says so already.
        record Unchanged() implements Edited {}

        /// The document does not have what a step names; nothing was changed.
        record Refused(String reason) implements Edited {}
    }

    /// Takes in chunks of others, in any order.
    Applied apply(Bytes chunks);

    /// Carries out all steps as one change, or none of them.
    Edited edit(Consumer<Edit> steps);

    Optional<Value> read(Path path);

    /// The whole document without the marks of its texts, or nothing where it would be longer than
    /// that as JSON, roughly: then it is not put together at all.
    Optional<Value> view(long sizeMax);

    /// Where values stand behind those that `read` shows.
    Conflicts conflicts();

    /// In ascending order.
    List<ContentHash> heads();

    /// The whole document as one chunk. It is not canonical: never name a document by its hash.
    Bytes save();

    @Override
    void close();
}
