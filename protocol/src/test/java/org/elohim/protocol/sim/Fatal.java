package org.elohim.protocol.sim;

/// When a process dies next.
///
/// @param commits that come before
record Fatal(int commits, boolean written, int downMillis) {
    static final Fatal NEVER = new Fatal(-1, false, 0);

    Fatal next() {
        return commits <= 0 ? NEVER : new Fatal(commits - 1, written, downMillis);
    }
}
