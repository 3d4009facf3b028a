package org.elohim.cluster.family;

import org.elohim.protocol.family.Term;

import java.io.IOException;

/// Where the highest term that was ever seen survives a crash.
public interface TermDisk {
    /// Returns once it is on the disk. Called by one at a time, and never with a lower term than
    /// before.
    void write(Term term) throws IOException;
}
