package org.elohim.node.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.blob.replication.FailureDomain;
import org.elohim.protocol.blob.replication.Sight;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

class HoldersTest {
    private static final NodeId SELF = NodeKey.generate().id();
    private static final NodeId OTHER = NodeKey.generate().id();
    private static final FailureDomain ALONE = FailureDomain.of(OTHER);
    private static final Room ROOM = new Room("a", ALONE, 1_000, true, 4004);

    @TempDir private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Holders holders;

    @BeforeEach
    void begin() {
        holders = new Holders(SELF, directory);
        holders.read(0);
    }

    private Sight.Seen seen(NodeId node) {
        Sight.Seen seen = holders.seen().get(node);
        if (seen == null) {
            throw new AssertionError("not seen: " + node);
        }
        return seen;
    }

    @Test
    void whoDoesNotAnswerTwiceIsAwayUntilHeIsHeardAgain() {
        assertTrue(holders.heard(OTHER, ROOM).isNews());
        assertFalse(holders.heard(OTHER, ROOM).isNews());

        assertFalse(holders.missed(OTHER, 100).isNews());
        assertTrue(seen(OTHER).isHere());
        assertTrue(holders.missed(OTHER, 200).isNews());
        assertEquals(200, seen(OTHER).awaySinceMillis());
        assertFalse(holders.missed(OTHER, 300).isNews());
        assertEquals(200, seen(OTHER).awaySinceMillis());
        assertEquals(Set.of(OTHER), holders.others().away());

        assertTrue(holders.heard(OTHER, ROOM).isNews());
        assertTrue(seen(OTHER).isHere());
        assertEquals(Set.of(OTHER), holders.others().here());
    }

    @Test
    void whoIsSwitchedOffIsKnownAfterARestart() {
        holders.heard(OTHER, ROOM);

        begin();

        assertFalse(seen(OTHER).isHere());
        assertEquals(1_000, seen(OTHER).holder().capacityBytes());
    }

    @Test
    void whatFailsTogetherIsToldByEachNodeAndKnownAfterARestart() {
        holders.heard(OTHER, ROOM);
        assertEquals(OTHER.toString(), seen(OTHER).holder().domain());

        var attic = new Room("a", new FailureDomain("attic"), 1_000, true, 4004);
        assertTrue(holders.heard(OTHER, Room.parse(attic.text())).isNews());
        begin();

        assertEquals("attic", seen(OTHER).holder().domain());
    }

    @Test
    void anotherDiskIsNoticedAlsoAfterARestart() {
        holders.heard(OTHER, ROOM);
        assertFalse(
                holders.heard(OTHER, new Room("a", ALONE, 2_000, false, 4004)).hasAnotherDisk());

        begin();

        assertTrue(holders.heard(OTHER, new Room("b", ALONE, 2_000, true, 4004)).hasAnotherDisk());
        assertFalse(holders.heard(OTHER, new Room("b", ALONE, 2_000, true, 4004)).hasAnotherDisk());
    }

    @Test
    void onlyTheFamilysWordMakesSomebodyGo() {
        holders.wasThere(OTHER, 500, 10);
        assertFalse(seen(OTHER).isHere());
        assertFalse(holders.heard(OTHER, ROOM).hasAnotherDisk());

        assertTrue(holders.isGone(OTHER).isNews());
        holders.wasThere(OTHER, 500, 20);

        assertFalse(holders.seen().containsKey(OTHER));
        begin();
        assertFalse(holders.seen().containsKey(OTHER));
        assertTrue(holders.heard(OTHER, ROOM).isNews());
    }

    @Test
    void whoIsToldToBeGoneBeforeTheFileIsReadIsNotReadFromIt() {
        holders.heard(OTHER, ROOM);
        holders = new Holders(SELF, directory);

        holders.isGone(OTHER);
        holders.read(0);
        // Blobs name their steward for ever.
        holders.wasThere(OTHER, 500, 20);

        assertFalse(holders.seen().containsKey(OTHER));
        begin();
        assertFalse(holders.seen().containsKey(OTHER));
    }

    @Test
    void aDamagedFileCostsNothingButWhatItSaid() throws IOException {
        holders.heard(OTHER, ROOM);
        Files.writeString(directory.resolve(Holders.NAME), "rubbish\n");

        begin();

        assertEquals(Set.of(), holders.seen().keySet());
        assertTrue(holders.heard(OTHER, ROOM).isNews());
    }
}
