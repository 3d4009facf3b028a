package org.elohim.protocol.sync;

import java.util.ArrayList;
import java.util.List;

/// What the parts of a session share: the outputs of this step, tickets, the time.
final class Outbox {
    // A slow line, but one that an honest phone may have: 64 kbit/s.
    private static final long BYTES_PER_MILLI_MIN = 8;

    // For the largest change that there may be; more than that is not on its way.
    static final long TRANSIT_MILLIS_MAX = 20 * 60_000;

    private List<Output> outputs = new ArrayList<>();
    private long lastTicket;
    long connection;
    long nowMillis;

    /// Until then a slow line may be busy with what was sent.
    long inTransitUntilMillis;

    /// Why the session must be closed; set by whoever finds the peer breaking the rules.
    String violation = "";

    void add(Output output) {
        outputs.add(output);
    }

    void send(SyncMessage message) {
        outputs.add(new Output.Send(connection, message));
        long transit = message.changeBytes() / BYTES_PER_MILLI_MIN;
        inTransitUntilMillis =
                Math.min(
                        Math.max(inTransitUntilMillis, nowMillis) + transit,
                        nowMillis + TRANSIT_MILLIS_MAX);
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
