package org.elohim.node.grpc;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/// A call that is not answered, with words for whoever called.
final class Refused extends StatusRuntimeException {
    private static final long serialVersionUID = 1;

    Refused(Status.Code code, String words) {
        super(code.toStatus().withDescription(words));
    }

    // It is an answer: where it was made tells nothing.
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
