package org.elohim.node.blob;

import java.io.IOException;
import java.util.Locale;

/// Nothing more may be written, because the disk is full or the store has reached its capacity.
final class NoSpace extends IOException {
    private static final long serialVersionUID = 1;

    private final String words;

    private NoSpace(String words) {
        super(words);
        this.words = words;
    }

    String words() {
        return words;
    }

    static NoSpace ofCapacity(Space space) {
        return new NoSpace(
                "the store of blobs has reached its capacity of "
                        + space.capacityBytes()
                        + " bytes (storage.max_capacity); raise it, or let go of blobs");
    }

    static NoSpace ofDisk() {
        return new NoSpace("the disk of the blobs is full: make room on it");
    }

    /// Java has no type of its own for it.
    static IOException orElse(IOException failed) {
        String message = String.valueOf(failed.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("no space left") || message.contains("quota exceeded")
                ? ofDisk()
                : failed;
    }
}
