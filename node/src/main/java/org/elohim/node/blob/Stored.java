package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;

import java.io.IOException;

/// What became of a content that somebody has sent.
public sealed interface Stored {
    /// It is on the disk, and wanted.
    ///
    /// @param reach how far it may travel at least
    record Kept(ContentHash key, long bytes, Reach reach) implements Stored {}

    /// It is another content than was promised, and was not kept.
    record Other(ContentHash key) implements Stored {}

    /// There is no room for it, and why.
    record Full(String words) implements Stored {}

    /// The disk did not take it, and why.
    record Failed(String words) implements Stored {}

    /// What a change has come to.
    static Stored of(Outcome outcome, ContentHash key, long bytes, Reach reach) {
        return switch (outcome) {
            case Outcome.Done _ -> new Kept(key, bytes, reach);
            case Outcome.Full(var words) -> new Full(words);
            case Outcome.Failed(var words) -> new Failed(words);
            case Outcome.Absent _ -> throw new IllegalStateException("put, and absent: " + key);
        };
    }

    /// What a failure of the disk means.
    static Stored of(IOException failed) {
        return NoSpace.orElse(failed) instanceof NoSpace full
                ? new Full(full.words())
                : new Failed("not written to the disk: " + failed);
    }
}
