package org.elohim.crdt;

/// The process that held a document is gone, and all its open documents with it. Nothing that was
/// handed out before is lost: open the document again from its changes.
public final class EngineLost extends RuntimeException {
    private static final long serialVersionUID = 2;

    private final boolean crashed;

    public EngineLost(String reason) {
        this(reason, false);
    }

    public EngineLost(String reason, boolean crashed) {
        super(reason);
        this.crashed = crashed;
    }

    /// Whether the process aborted on what it was given. Otherwise time was up, or the system ended
    /// it, for want of memory for instance: that says nothing of the document.
    public boolean crashed() {
        return crashed;
    }
}
