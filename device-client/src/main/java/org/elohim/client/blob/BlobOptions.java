package org.elohim.client.blob;

import java.time.Duration;

/// How patient the bringing and getting of blobs is.
///
/// @param silence so long nothing may move before a connection is taken for dead
/// @param patience so long is tried again and again without any progress
/// @param pauseMax the longest wait between two tries
/// @param partBytes what is sent with one request; a proxy in between may allow no more
public record BlobOptions(Duration silence, Duration patience, Duration pauseMax, int partBytes) {
    /// A node that starts again is back within them.
    public static final BlobOptions DEFAULT =
            new BlobOptions(
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(5),
                    16 << 20);

    public BlobOptions {
        if (!silence.isPositive()
                || patience.isNegative()
                || pauseMax.isNegative()
                || partBytes < 1) {
            throw new IllegalArgumentException(
                    "silence=%s patience=%s pauseMax=%s partBytes=%d"
                            .formatted(silence, patience, pauseMax, partBytes));
        }
    }
}
