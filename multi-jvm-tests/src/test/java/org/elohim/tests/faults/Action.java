package org.elohim.tests.faults;

/// One thing that is done to a family. Nodes and devices are counted from 0.
public sealed interface Action {
    /// kill -9.
    record Kill(int node) implements Action {}

    /// SIGTERM, and its end is waited for.
    record Stop(int node) implements Action {}

    record Start(int node) implements Action {}

    /// SIGSTOP.
    record Pause(int node) implements Action {}

    /// SIGCONT.
    record Resume(int node) implements Action {}

    /// Its disk is replaced by an empty one, which makes it another node.
    record Wipe(int node) implements Action {}

    /// It never comes back; its devices go elsewhere.
    record Retire(int node) implements Action {}

    /// The family is told that a node which has retired is none of it any more.
    record Remove(int node) implements Action {}

    /// It is told to leave its family, and never serves it again; its devices go elsewhere. Only an
    /// empty disk makes it one of the family again.
    record Leave(int node) implements Action {}

    /// Its clock is so much off from now on, whether or not it runs.
    record SetClock(int node, long seconds) implements Action {}

    /// Its clock stands still until it is set.
    record StopClock(int node) implements Action {}

    /// Nothing of `from` arrives at `to`.
    record Cut(int from, int to) implements Action {}

    record Heal(int from, int to) implements Action {}

    /// Nothing gets through any more between whoever leads just then and all others.
    record CutLeader() implements Action {}

    /// What the last [CutLeader] has cut.
    record HealLeader() implements Action {}

    record Limit(int node, int kilobitPerSecond) implements Action {}

    record Unlimit(int node) implements Action {}

    /// A device goes to another node.
    record Move(int device, int node) implements Action {}

    /// The device's connection breaks, and it makes another.
    record Reset(int device) implements Action {}

    /// What the device's line is like from now on; `there` and `back` say whether anything comes
    /// through.
    record Line(
            int device,
            long latencyMillis,
            long jitterMillis,
            int lossPercent,
            boolean there,
            boolean back)
            implements Action {}
}
