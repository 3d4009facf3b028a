package org.elohim.node.materialiser;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/// The daemon is only the parent of what reads documents.
class ParentTest {
    @Test
    void theDaemonCannotLoadWhatABadChangeAborts() {
        assertThrows(ClassNotFoundException.class, () -> Class.forName("org.automerge.Document"));
    }
}
