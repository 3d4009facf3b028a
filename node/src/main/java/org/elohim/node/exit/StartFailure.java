package org.elohim.node.exit;

/// Why the daemon cannot start. The message tells a person what happened and what to do.
public final class StartFailure extends Exception {
    private final ExitCode exitCode;
    private final String sentence;

    public StartFailure(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
        this.sentence = message;
    }

    public StartFailure(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
        this.sentence = message;
    }

    @Override
    public String getMessage() {
        return sentence;
    }

    public ExitCode exitCode() {
        return exitCode;
    }
}
