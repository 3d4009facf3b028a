package org.elohim.cluster.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.ledger.Ledger;
import org.elohim.protocol.ledger.LedgerChange;
import org.elohim.protocol.ledger.LedgerEntry;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class MeetingsTest {
    private static final NodeId SELF = NodeKey.generate().id();
    private static final NodeId SHED = NodeKey.generate().id();

    private final Ledger ledger = new Ledger(SELF);
    private final Meetings meetings = new Meetings(SELF);
    private final List<String> heard = new ArrayList<>();

    @Test
    void whoeverListensHearsOfEachReturn() {
        meetings.hear(
                new Lives() {
                    @Override
                    public void gone(NodeId node) {
                        heard.add("gone " + name(node));
                    }

                    @Override
                    public void back(NodeId node) {
                        heard.add("back " + name(node));
                    }
                });
        write(1, new LedgerEntry.NodeMet(SHED));
        assertEquals(List.of(), heard);
        write(2, ledger.going(SHED));
        assertEquals(List.of("gone shed"), heard);
        heard.clear();
        write(3, ledger.meeting(SHED).orElseThrow());
        assertEquals(List.of("back shed"), heard);
        write(4, ledger.going(SHED));
        assertEquals(List.of("back shed", "gone shed"), heard, "of its next life");
    }

    private void write(int number, LedgerEntry entry) {
        ledger.add(
                new LedgerChange(
                        ContentHash.of(Bytes.copyOf(new byte[] {(byte) number})),
                        SELF,
                        number,
                        List.of(),
                        new LedgerChange.Said.Entries(List.of(entry), 0)));
        meetings.follow(ledger);
    }

    private static String name(NodeId node) {
        return node.equals(SHED) ? "shed" : node.toString();
    }
}
