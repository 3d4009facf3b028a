package org.elohim.protocol.blob.replication;

/// How long a holder is left alone after it has failed: twice as long each time, up to an hour.
///
/// Invariants: one that has answered is asked at once; what was under way to it when it failed
/// makes it wait once, however much that was.
record Backoff(int failures, long untilMillis) {
    static final Backoff NONE = new Backoff(0, Long.MIN_VALUE);

    static final long FIRST_MILLIS = 1_000;
    static final long LAST_MILLIS = 64 * 60_000L;

    /// @param startedMillis when that which failed was begun
    Backoff afterFailure(long startedMillis, long nowMillis) {
        if (startedMillis < untilMillis) {
            return this;
        }
        long pause = FIRST_MILLIS << Math.min(failures, Integer.SIZE - 1);
        return new Backoff(failures + 1, nowMillis + Math.min(pause, LAST_MILLIS));
    }

    boolean isOver(long nowMillis) {
        return nowMillis >= untilMillis;
    }
}
