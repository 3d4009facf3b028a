package org.elohim.crdt.process;

/// The first byte of each thing on the pipe. Both ends are of one build, so the order may change.
final class Tags {
    enum PathStep {
        KEY,
        INDEX
    }

    enum EditStep {
        PUT,
        DELETE,
        INSERT,
        SPLICE,
        INCREMENT,
        HIGHLIGHT
    }

    enum Kind {
        FIELDS,
        ITEMS,
        TEXT,
        COUNTER,
        STR,
        INT,
        UINT,
        REAL,
        TRUE,
        FALSE,
        TIMESTAMP,
        BINARY,
        NULL,
        UNKNOWN,
        BLOB
    }

    enum Asked {
        OPEN,
        APPLY,
        CHANGE,
        READ,
        VIEW,
        CHECK,
        CONFLICTS,
        HEADS,
        SAVE,
        CLOSE,
        PING
    }

    enum Answered {
        DONE,
        FAILED,
        TAKEN,
        MALFORMED,
        KILLED,
        COMMITTED,
        UNCHANGED,
        REFUSED,
        FOUND,
        ABSENT,
        CONFLICTS,
        HEADS,
        SAVED
    }

    private Tags() {}
}
