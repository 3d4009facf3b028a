package org.elohim.client.blob;

/// Hears how far the work on a blob has come. Called often, by whichever thread works; it should
/// return at once.
public interface BlobProgress {
    /// What is being done.
    enum Stage {
        /// The file is read to find out its name, or what came before is read again.
        HASHING,
        SENDING,
        RECEIVING,
        /// All is there; it is waited for others to hold it, too.
        WAITING
    }

    /// For whoever wants to hear nothing.
    BlobProgress NONE = (_, _, _) -> {};

    /// So many bytes are done, also by an earlier try that this one goes on with.
    ///
    /// @param total bytes, or less than zero where it is not known yet
    void moved(Stage stage, long done, long total);
}
