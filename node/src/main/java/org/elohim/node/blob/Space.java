package org.elohim.node.blob;

import java.util.concurrent.atomic.AtomicLong;

/// What the store may take of the disk, and what it has taken.
final class Space {
    private final long capacityBytes;
    private final AtomicLong taken = new AtomicLong();

    Space(long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    boolean take(long bytes) {
        while (true) {
            long before = taken.get();
            if (bytes > capacityBytes - before) {
                return false;
            }
            if (taken.compareAndSet(before, before + bytes)) {
                return true;
            }
        }
    }

    /// What lies there already, however much is allowed now.
    void count(long bytes) {
        taken.addAndGet(bytes);
    }

    void give(long bytes) {
        taken.addAndGet(-bytes);
    }

    long takenBytes() {
        return taken.get();
    }

    long capacityBytes() {
        return capacityBytes;
    }
}
