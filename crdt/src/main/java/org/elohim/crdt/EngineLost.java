package org.elohim.crdt;

/// The process that held a document is gone, and all its open documents with it. Nothing that was
/// handed out before is lost: open the document again from its changes.
public final class EngineLost extends RuntimeException {
    private static final long serialVersionUID = 3;

    /// What has ended it.
    public enum Why {
        /// It aborted on what it was given.
        CRASHED,
        /// Its time was up.
        LATE,
        /// It took more memory than it may while it was at work.
        TOO_LARGE,
        /// The library does not run on this machine.
        UNFIT,
        /// The system or somebody ended it, or it cannot be started now: that says nothing of the
        /// document.
        GONE
    }

    private final Why why;

    public EngineLost(String reason) {
        this(reason, Why.GONE);
    }

    public EngineLost(String reason, Why why) {
        super(reason);
        this.why = why;
    }

    public Why why() {
        return why;
    }

    /// Whether the process aborted on what it was given. Otherwise time was up, or the system ended
    /// it, for want of memory for instance: that says nothing of the document.
    public boolean crashed() {
        return why == Why.CRASHED;
    }
}
