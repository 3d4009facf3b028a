package org.elohim.node.exit;

/// What the process's exit status tells the script or service manager that started it.
public enum ExitCode {
    STOPPED(0),
    /// A bug: the stack trace on standard error belongs into a report.
    BUG(1),
    /// Arguments, configuration or a data directory that this version must not touch; starting
    /// again unchanged cannot help.
    USAGE(2),
    /// The machine: a taken port, a full disk, missing permissions, a wrong clock.
    ENVIRONMENT(3),
    /// Data on disk that cannot be trusted; a person must look.
    UNTRUSTED_DATA(4);

    private final int status;

    ExitCode(int status) {
        this.status = status;
    }

    public int status() {
        return status;
    }
}
