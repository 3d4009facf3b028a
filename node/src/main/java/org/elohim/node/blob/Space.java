package org.elohim.node.blob;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// What the store may take of the disk, and what it has taken.
final class Space {
    private final long capacityBytes;
    private final AtomicLong taken = new AtomicLong();
    private volatile BooleanSupplier shortage = () -> false;

    Space(long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    /// Who gives something back where there is too little; asked until he has nothing more.
    void onShortage(BooleanSupplier giving) {
        shortage = giving;
    }

    /// Whether something was given back.
    boolean makeRoom() {
        return shortage.getAsBoolean();
    }

    boolean take(long bytes) {
        while (!takeNow(bytes)) {
            if (!makeRoom()) {
                return false;
            }
        }
        return true;
    }

    private boolean takeNow(long bytes) {
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
