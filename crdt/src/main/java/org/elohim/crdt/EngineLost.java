package org.elohim.crdt;

/// The process that held a document is gone, and all its open documents with it. Nothing that was
/// handed out before is lost: open the document again from its changes.
public final class EngineLost extends RuntimeException {
    private static final long serialVersionUID = 1;

    public EngineLost(String reason) {
        super(reason);
    }
}
