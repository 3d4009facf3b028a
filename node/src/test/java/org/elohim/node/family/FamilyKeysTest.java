package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.FamilyKeys.Joined;
import org.elohim.node.family.FamilyKeys.Refused;
import org.elohim.node.family.FamilyKeys.Stay;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.JoinCode;
import org.elohim.protocol.family.KeyRing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

class FamilyKeysTest {
    private static final FamilyKey OURS = FamilyKey.of("a family key of ours");
    private static final FamilyKey THEIRS = FamilyKey.of("a family key of theirs");
    private static final long DAY = 24 * 3_600_000L;
    private static final Address ATTIC = new Address("192.168.1.7", 4002);

    @TempDir Path directory;
    private Instant now = Instant.parse("2026-11-28T12:00:00Z");

    private FamilyKeys open(Optional<FamilyKey> configured) throws StartFailure {
        return FamilyKeys.open(directory, () -> now, configured, "environment ELOHIM_CLUSTER_KEY");
    }

    private FamilyKeys open() throws StartFailure {
        return open(Optional.empty());
    }

    private Path file() {
        return directory.resolve(FamilyKeys.FILE_NAME);
    }

    @Test
    void aNodeWithoutAKeyBelongsToNobody() throws Exception {
        assertEquals(Optional.empty(), open().ring());
        assertFalse(Files.exists(file()));
    }

    @Test
    void aKeyThatWasMadeIsThereAfterAStartAndForNobodyElseToRead() throws Exception {
        KeyRing made = open().create();
        assertEquals(Optional.of(made), open().ring());
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        assertThrows(Refused.class, open()::create);
        assertEquals(Optional.of(made), open().ring());
    }

    @Test
    void theKeyOfTheConfigurationIsWrittenNowhere() throws Exception {
        FamilyKeys keys = open(Optional.of(OURS));
        assertEquals(OURS, keys.held().newest().key());
        assertFalse(Files.exists(file()));
    }

    @Test
    void whoLeavesIsAMemberUntilItHasLeftWhateverBecomesOfTheProcess() throws Exception {
        KeyRing made = open().create();
        assertEquals(Stay.STAYS, open().stay());
        open().beginToLeave();
        assertEquals(Stay.LEAVES, open().stay());
        assertEquals(Optional.of(made), open().ring());
        open().callOff();
        assertEquals(Stay.STAYS, open().stay());

        open().beginToLeave();
        FamilyKeys keys = open();
        keys.leave();
        assertEquals(Optional.empty(), keys.ring());
        assertEquals(Stay.HAS_LEFT, keys.stay());
        assertFalse(Files.exists(file()));
        assertEquals(Optional.empty(), open().ring());
        assertEquals(Stay.HAS_LEFT, open().stay());
    }

    @Test
    void aKillBetweenTheDecisionAndTheEndOfTheKeyLeavesNoMember() throws Exception {
        open().join(new JoinCode(OURS, List.of()));
        String key = Files.readString(file());
        open().leave();
        SafeFile.write(file(), key);

        assertEquals(Optional.empty(), open().ring());
        assertFalse(Files.exists(file()));
        // Nor does a key that stands in the configuration for ever.
        assertEquals(Optional.empty(), open(Optional.of(OURS)).ring());
        assertEquals(ExitCode.USAGE, exitCodeWith(THEIRS));
    }

    private ExitCode exitCodeWith(FamilyKey configured) {
        return assertThrows(StartFailure.class, () -> open(Optional.of(configured))).exitCode();
    }

    @Test
    void whoHasLeftComesBackWithACodeAndNeverIntoAnotherFamily() throws Exception {
        open().join(new JoinCode(OURS, List.of()));
        open().leave();
        assertThrows(Refused.class, () -> open().create());
        assertThrows(Refused.class, () -> open().join(new JoinCode(THEIRS, List.of())));
        assertEquals(Stay.HAS_LEFT, open().stay());

        assertEquals(Joined.NOW, open().join(new JoinCode(OURS, List.of())));
        assertEquals(Stay.STAYS, open().stay());
        assertEquals(OURS, open().held().newest().key());
        assertEquals(OURS, open(Optional.of(OURS)).held().newest().key());
    }

    @Test
    void aDamagedWordOfLeavingIsNotPassedOver() throws Exception {
        open().create();
        SafeFile.write(directory.resolve(LeaveFile.NAME), "perhaps\n");
        assertEquals(
                ExitCode.UNTRUSTED_DATA, assertThrows(StartFailure.class, this::open).exitCode());
    }

    @Test
    void twoKeysThatDifferAreAMistakeOfThePerson() throws Exception {
        open().join(new JoinCode(THEIRS, List.of()));
        var failure = assertThrows(StartFailure.class, () -> open(Optional.of(OURS)));
        assertEquals(ExitCode.USAGE, failure.exitCode());
        assertTrue(failure.getMessage().contains("environment ELOHIM_CLUSTER_KEY"));
        assertFalse(failure.getMessage().contains("ours"));
        assertEquals(THEIRS, open(Optional.of(THEIRS)).held().newest().key());
    }

    @Test
    void aCodeMayBeGivenAtEachStart() throws Exception {
        var code = new JoinCode(OURS, List.of(ATTIC));
        assertEquals(Joined.NOW, open().join(code));
        assertEquals(Joined.BEFORE, open().join(code));
        assertEquals(List.of(ATTIC), new KnownAddresses(directory).all());
        FamilyKeys keys = open();
        keys.change(ring -> ring.rotated(THEIRS, DAY, DAY, now.toEpochMilli()));
        now = now.plusMillis(DAY);
        keys.look();
        assertEquals(Joined.BEFORE_UNDER_ANOTHER_KEY, open().join(code));
        assertEquals(THEIRS, open().held().newest().key());
    }

    @Test
    void whoMissedAChangeOfTheKeyJoinsTheSameFamilyAgain() throws Exception {
        FamilyKeys keys = open();
        KeyRing before = keys.create();
        KeyRing after = before.rotated(OURS, KeyRing.AT_ONCE, 0, 0).at(1);
        assertEquals(Joined.NOW, keys.join(JoinCode.of(after, List.of())));
        assertEquals(OURS, open().held().newest().key());
        assertEquals(before.family(), open().held().family());
    }

    @Test
    void whoHasLeftAndIsConfiguredWithAnOldKeyDoesNotJoinWithTwo() throws Exception {
        FamilyKeys keys = open(Optional.of(OURS));
        KeyRing after = keys.held().rotated(THEIRS, KeyRing.AT_ONCE, 0, 0).at(1);
        keys.leave();

        var refused = assertThrows(Refused.class, () -> keys.join(JoinCode.of(after, List.of())));

        assertTrue(refused.getMessage().contains("environment ELOHIM_CLUSTER_KEY"));
        assertFalse(Files.exists(file()));
        assertEquals(Stay.HAS_LEFT, open(Optional.of(OURS)).stay());
        assertEquals(Joined.NOW, keys.join(new JoinCode(OURS, List.of())));
        assertEquals(OURS, open(Optional.of(OURS)).held().newest().key());
        assertEquals(Stay.STAYS, open(Optional.of(OURS)).stay());
    }

    @Test
    void nobodyChangesFamilies() throws Exception {
        FamilyKeys keys = open();
        keys.join(new JoinCode(OURS, List.of()));
        assertThrows(Refused.class, () -> keys.join(new JoinCode(THEIRS, List.of(ATTIC))));
        assertEquals(OURS, open().held().newest().key());
        assertEquals(List.of(), new KnownAddresses(directory).all());
    }

    @Test
    void aKeyOfTheConfigurationIsChangedThereAndThePersonIsToldWhere() throws Exception {
        FamilyKeys keys = open(Optional.of(OURS));
        var refused =
                assertThrows(
                        Refused.class,
                        () -> keys.change(ring -> ring.rotated(THEIRS, DAY, DAY, 0)));
        assertTrue(refused.getMessage().contains("environment ELOHIM_CLUSTER_KEY"));
        assertEquals(OURS, keys.held().newest().key());
    }

    @Test
    void anOldKeyIsGivenUpWhenItsTimeIsOverAlsoWhereTheNodeWasOffMeanwhile() throws Exception {
        FamilyKeys keys = open();
        keys.create();
        keys.change(ring -> ring.rotated(THEIRS, DAY, DAY, now.toEpochMilli()));
        keys.look();
        assertTrue(keys.held().isRotating());
        now = now.plusMillis(DAY);
        assertFalse(open().held().isRotating());
        keys.look();
        assertEquals(open().ring(), keys.ring());
    }

    @Test
    void aKeyThatCannotBeWrittenIsNotTrusted() throws Exception {
        FamilyKeys keys = open();
        KeyRing before = keys.create();
        // What SafeFile writes first.
        Files.createDirectory(directory.resolve(FamilyKeys.FILE_NAME + ".new"));
        Files.createFile(directory.resolve(FamilyKeys.FILE_NAME + ".new").resolve("in the way"));
        assertThrows(
                Refused.class,
                () -> keys.change(ring -> ring.rotated(THEIRS, DAY, DAY, now.toEpochMilli())));
        assertEquals(Optional.of(before), keys.ring());
    }

    @Test
    void whatIsNoKeyFileIsLeftAsItIs() throws Exception {
        for (String wrong : new String[] {"", "format = 1\n\n", "format = x\nkey = y\n"}) {
            SafeFile.write(file(), wrong);
            var failure = assertThrows(StartFailure.class, this::open);
            assertEquals(ExitCode.UNTRUSTED_DATA, failure.exitCode());
            assertEquals(wrong, Files.readString(file()));
        }
        SafeFile.write(file(), "format = 2\nkey = in another way\n");
        assertEquals(ExitCode.USAGE, assertThrows(StartFailure.class, this::open).exitCode());
    }

    @Test
    void aKeyFileThatOthersCanReadIsToldOf() throws IOException {
        Files.writeString(file(), "a family key of ours\n");
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
        var failure = assertThrows(StartFailure.class, this::open);
        assertTrue(failure.getMessage().contains("chmod 600"));
    }
}
