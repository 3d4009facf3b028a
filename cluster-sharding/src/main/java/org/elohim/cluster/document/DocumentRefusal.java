package org.elohim.cluster.document;

/// Why a document does not do what it is told; its message says so to a person, with the way on.
public final class DocumentRefusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// What stands in the way.
    public enum Obstacle {
        ABSENT,
        TOO_LATE,
        TOO_OFTEN,
        UNREADABLE
    }

    private final Obstacle obstacle;

    DocumentRefusal(Obstacle obstacle, String message) {
        // It is an answer: where it was made tells nothing.
        super(message, null, false, false);
        this.obstacle = obstacle;
    }

    public Obstacle obstacle() {
        return obstacle;
    }
}
