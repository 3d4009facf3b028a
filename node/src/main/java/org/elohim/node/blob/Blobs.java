package org.elohim.node.blob;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;

/// The blobs of a running node: one store, whatever actors begin and end around it.
///
/// Invariants: it is open for as long as its directory is locked by this process.
public final class Blobs implements AutoCloseable {
    public static final String DIRECTORY = "blobs";

    private final BlobStore store;

    private Blobs(BlobStore store) {
        this.store = store;
    }

    /// Opens what lies in the data directory, or makes it. On a platform thread.
    public static Blobs open(Path data, long capacityBytes, InstantSource clock)
            throws StartFailure {
        Path place = data.resolve(DIRECTORY);
        try {
            return new Blobs(
                    BlobStore.open(
                            place,
                            BlobSettings.withCapacity(capacityBytes),
                            clock,
                            new SecureRandom()));
        } catch (IOException failed) {
            throw unusable(place, failed);
        }
    }

    /// The failure as a sentence: nothing of it is the fault of what was stored, which is looked at
    /// later, blob by blob.
    private static StartFailure unusable(Path place, IOException failed) {
        String reason =
                switch (NoSpace.orElse(failed)) {
                    case NoSpace full -> full.words();
                    case AccessDeniedException denied ->
                            "no permission for %s (user %s)"
                                    .formatted(
                                            denied.getFile(),
                                            System.getProperty("user.name", "unknown"));
                    case FileAlreadyExistsException other ->
                            other.getFile() + " is there and is not a directory";
                    case FileSystemException other when other.getReason() != null ->
                            other.getFile() + ": " + other.getReason();
                    case IOException other -> other.toString();
                };
        return new StartFailure(
                ExitCode.ENVIRONMENT,
                "The blobs in %s cannot be opened: %s. Mend that and start again; nothing of them was changed."
                        .formatted(place, reason),
                failed);
    }

    public BlobStore store() {
        return store;
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
