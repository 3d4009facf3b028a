package org.elohim.client.blob;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The blobs of one node, over HTTP. For many threads; each call works in the thread of its caller.
///
/// Whatever the node or the line does becomes an outcome in words. What the own disk does is an
/// `IOException`.
public final class NodeBlobs {
    private final URI base;
    private final String token;
    private final BlobOptions options;

    /// @param base where the node is: `http://HOST:PORT` or the same with `https`
    /// @param token what the node knows whoever asks by; empty where it wants none
    public NodeBlobs(URI base, String token, BlobOptions options) {
        this.base = base;
        this.token = token;
        this.options = options;
    }

    private Exchange exchange() {
        return new Exchange(base, token, options.silence());
    }

    /// Brings a file there. It is read twice: to find out its name, and to send it. A try that was
    /// cut off, also by the end of this process or of the node, is gone on with where it stands.
    public BlobPut put(Path file, BlobProgress progress) throws IOException {
        return put(file, progress, Tier.ACCEPTED, Duration.ZERO);
    }

    /// The same, and waits until the blob is as safe as wanted.
    ///
    /// @param within so long, once the node has all of it
    public BlobPut put(Path file, BlobProgress progress, Tier wanted, Duration within)
            throws IOException {
        return put(file, Optional.empty(), progress, wanted, within);
    }

    /// The same, and says how far it may travel.
    ///
    /// @param reach how far it may travel; where it is not said, no farther than whoever brings it
    ///   may say. What was put before is not narrowed by it
    /// @param within so long, once the node has all of it
    public BlobPut put(
            Path file, Optional<Reach> reach, BlobProgress progress, Tier wanted, Duration within)
            throws IOException {
        try (Exchange exchange = exchange()) {
            return new Upload(exchange, options, reach, progress, wanted, within).run(file);
        }
    }

    /// Gets a blob into a file, which has its name only once all of it is here and was seen to be
    /// the right one; what has that name before is replaced. What has come before a cut lies beside
    /// it, and is gone on with.
    public BlobGot get(ContentHash hash, Path file, BlobProgress progress) throws IOException {
        try (Exchange exchange = exchange()) {
            return new Download(exchange, options, progress).run(hash, file);
        }
    }

    /// Writes a blob to a stream, and does not close that. Only an outcome of [BlobGot.Received]
    /// says that what was written was the blob, and all of it.
    public BlobGot get(ContentHash hash, OutputStream out, BlobProgress progress)
            throws IOException {
        try (Exchange exchange = exchange()) {
            return new Download(exchange, options, progress).run(hash, out);
        }
    }

    /// Asks who holds what of a blob.
    public BlobWhere where(ContentHash hash) {
        try (Exchange exchange = exchange()) {
            return new Whereabouts(exchange, options, BlobProgress.NONE).ask(hash);
        }
    }
}
