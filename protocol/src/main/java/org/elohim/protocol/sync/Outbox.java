package org.elohim.protocol.sync;

import java.util.ArrayList;
import java.util.List;

/// What the parts of a session share: the outputs of this step, tickets, the time.
final class Outbox {
    private List<Output> outputs = new ArrayList<>();
    private long lastTicket;
    long connection;
    long nowMillis;

    /// Why the session must be closed; set by whoever finds the peer breaking the rules.
    String violation = "";

    void add(Output output) {
        outputs.add(output);
    }

    void send(SyncMessage message) {
        outputs.add(new Output.Send(connection, message));
    }

    void violated(String rule) {
        if (violation.isEmpty()) {
            violation = rule;
        }
    }

    long ticket() {
        return ++lastTicket;
    }

    List<Output> drain() {
        List<Output> drained = outputs;
        outputs = new ArrayList<>();
        return drained;
    }
}
