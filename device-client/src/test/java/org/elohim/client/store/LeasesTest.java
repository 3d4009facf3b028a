package org.elohim.client.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

class LeasesTest extends StoreOnDisk {
    @Test
    void whoeverIsThereKeepsHisActorAndThoseWhoCameBeforeLeaveTheirs() {
        Bytes first;
        Bytes second;
        try (var store = open();
                var other = open()) {
            first = store.leaseActor(DOCUMENT);
            second = other.leaseActor(DOCUMENT);
            assertNotEquals(first, second);
            assertNotEquals(first, other.leaseActor(DOCUMENT), "held in this very process");
        }
        try (var store = open()) {
            assertTrue(Set.of(first, second).contains(store.leaseActor(DOCUMENT)));
        }
    }

    @Test
    void anActorOfAnotherProcessIsFreeOnceThatIsKilledAndNoSooner() throws Exception {
        try (var other = new Other(directory);
                var store = open()) {
            assertNotEquals(other.actor, store.leaseActor(DOCUMENT));
            other.kill();
            assertEquals(other.actor, store.leaseActor(DOCUMENT));
        }
    }

    @Test
    void leasesOfThisProcessHoldWhileOthersInItLookAtThemAndGo() throws Exception {
        try (var store = open()) {
            Bytes mine = store.leaseActor(DOCUMENT);
            try (var guest = open()) {
                assertNotEquals(mine, guest.leaseActor(DOCUMENT));
            }
            try (var other = new Other(directory)) {
                assertNotEquals(mine, other.actor);
            }
        }
    }

    @Test
    void oneOfAllSpeaksWithTheNodesUntilItEnds() {
        Bytes one = Bytes.parseHex("01");
        Bytes other = Bytes.parseHex("02");
        try (var store = open()) {
            try (var same = open()) {
                assertTrue(store.takeLink(one));
                assertTrue(store.takeLink(one), "it keeps it");
                assertFalse(same.takeLink(other));
                store.releaseLink(one);
                assertFalse(store.isLinked());
                assertTrue(same.takeLink(other));
                assertFalse(store.takeLink(one));
            }
            assertFalse(store.isLinked(), "it ended without a word");
            assertTrue(store.takeLink(one));
        }
    }

    @Test
    void whatTheDeadLeaveBehindIsRemoved() throws Exception {
        for (int i = 0; i < 2; i++) {
            try (var other = new Other(directory)) {
                other.kill();
            }
        }
        try (var store = open()) {
            store.leaseActor(DOCUMENT);
            assertEquals(1, files("device.present.").size());
        }
        assertEquals(List.of(), files("device.present."));
        assertEquals(1, files("device.witness.").size());
    }

    private List<Path> files(String prefix) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
        }
    }

    /// Another process that has leased an actor.
    private static final class Other implements AutoCloseable {
        private final Process process;
        private final Bytes actor;

        Other(Path directory) throws IOException {
            process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    LeasingVictim.class.getName(),
                                    directory.toString(),
                                    DOCUMENT.toString())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            BufferedReader out = process.inputReader();
            String line = out.readLine();
            if (line == null) {
                throw new IOException("it ended without a word");
            }
            actor = Bytes.parseHex(line);
        }

        void kill() {
            process.destroyForcibly();
            process.onExit().join();
        }

        @Override
        public void close() {
            kill();
        }
    }
}
