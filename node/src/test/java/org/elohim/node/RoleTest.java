package org.elohim.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.RoleFile;
import org.elohim.node.operator.OperatorConfig;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.family.NodeRole;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class RoleTest {
    private static final List<Part> COMMONS = List.of(Part.parse("reach:commons"));
    private static final Map<String, String> FULL = Map.of();
    private static final Map<String, String> OBSERVER =
            Map.of("ELOHIM_NODE_ROLE", "observer", "ELOHIM_CLUSTER_OBSERVE", "reach:commons");

    @TempDir Path directory;

    @Test
    void whoBeginsAsAnObserverIsOneFromThenOn() throws Exception {
        for (long through : new long[] {0, 100}) {
            Role role = start(OBSERVER, through);
            assertFalse(role.handsOver());
            assertFalse(role.takesEdits());
            assertEquals(COMMONS, role.part());
        }
    }

    @Test
    void aFullNodeThatIsMadeAnObserverTakesNothingAndIsAFullOneTowardsItsFamily() throws Exception {
        assertTrue(start(FULL, 0).takesEdits());

        // However often it is killed before the others hold everything.
        for (int attempt = 0; attempt < 2; attempt++) {
            Role role = start(OBSERVER, 7);
            assertTrue(role.handsOver());
            assertFalse(role.takesEdits());
            assertEquals(List.of(), role.part());
        }

        new RoleFile(directory).write(NodeRole.OBSERVER);
        assertEquals(COMMONS, start(OBSERVER, 9).part());
    }

    @Test
    void whoseRoleIsNotKnownMayHaveTakenEdits() throws Exception {
        assertTrue(start(OBSERVER, 7).handsOver());
        Files.writeString(directory.resolve("role"), "obs");
        assertTrue(start(OBSERVER, 7).handsOver());
    }

    @Test
    void anObserverThatIsMadeFullIsNotedBeforeItTakesAnything() throws Exception {
        start(OBSERVER, 0);
        Role role = start(FULL, 7);
        assertTrue(role.takesEdits());
        assertEquals(List.of(), role.part());
        assertEquals(Optional.of(NodeRole.FULL), new RoleFile(directory).read());
    }

    private Role start(Map<String, String> environment, long through) throws StartFailure {
        return new Role(
                OperatorConfig.of(List.of("--data-dir", directory.toString()), environment),
                directory,
                through);
    }
}
