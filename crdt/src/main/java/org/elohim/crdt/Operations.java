package org.elohim.crdt;

import org.elohim.protocol.change.ChangeChunk;

/// How much a change asks of whoever opens its document, which its bytes do not tell: a run of a
/// million equal characters has few.
public final class Operations {
    private Operations() {}

    /// Of a change that an engine has written: one for each character and each value that is set or
    /// deleted. One that claims more than a change may have is not counted to its end.
    public static long count(ChangeChunk change) {
        return OperationReader.count(change);
    }
}
