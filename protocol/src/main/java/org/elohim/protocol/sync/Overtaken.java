package org.elohim.protocol.sync;

import java.util.ArrayDeque;
import java.util.Deque;

/// Tells a Hello that a later one of the same peer has overtaken.
///
/// Where both sides dial, or a node greets two connections in the order of its threads, an old
/// Hello may come last. What it says is held was true when it was said; the peer may have taken
/// more since. Numbers that were given meanwhile would then be given again, to other entries, and
/// the peer's next word would be taken to mean those.
///
/// Invariants: of one run only ever later attempts count; of a run that another has followed none
/// does.
final class Overtaken {
    // A process that starts anew so often within one of ours has no old words on their way.
    private static final int RUNS_MAX = 16;

    private final Deque<Long> gone = new ArrayDeque<>();
    private long run;
    private long attempt;

    /// Whether this is behind what the peer has said already; if not, it counts from now on.
    boolean isSo(SyncMessage.Hello hello) {
        boolean sameRun = attempt > 0 && hello.streamRun() == run;
        if (sameRun ? hello.attempt() <= attempt : gone.contains(hello.streamRun())) {
            return true;
        }
        if (!sameRun && attempt > 0) {
            gone.add(run);
            if (gone.size() > RUNS_MAX) {
                gone.remove();
            }
        }
        run = hello.streamRun();
        attempt = hello.attempt();
        return false;
    }
}
