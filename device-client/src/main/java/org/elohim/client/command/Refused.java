package org.elohim.client.command;

/// What cannot be done, in words for a person, and the exit status that tells scripts why.
final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    /// The arguments are wrong, or name what is not there.
    static final int USAGE = 2;

    /// The machine, the network or the node.
    static final int ENVIRONMENT = 3;

    private final int status;

    Refused(int status, String message) {
        super(message);
        this.status = status;
    }

    static Refused usage(String message) {
        return new Refused(USAGE, message);
    }

    int status() {
        return status;
    }
}
