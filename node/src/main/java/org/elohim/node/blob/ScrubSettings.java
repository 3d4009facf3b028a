package org.elohim.node.blob;

import org.elohim.protocol.blob.ScrubCycle;

import java.time.Duration;

/// How much of the disk's time the scrub may take, and how often it looks at everything.
public record ScrubSettings(long bytesPerSecond, ScrubCycle cycle) {
    // 36 GB in an hour; a disk does ten times that and more.
    private static final long BYTES_PER_SECOND = 10_000_000;

    public static final ScrubSettings DEFAULT =
            new ScrubSettings(
                    BYTES_PER_SECOND, new ScrubCycle(Duration.ofDays(1), Duration.ofDays(30)));

    public ScrubSettings {
        if (bytesPerSecond <= 0) {
            throw new IllegalArgumentException("bytes per second=" + bytesPerSecond);
        }
    }
}
