package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.JoinCode;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

class GivenCodeTest {
    private static final JoinCode CODE =
            new JoinCode(FamilyKey.of("a family key of ours"), List.of());
    private static final Map<String, String> NOTHING = Map.of();

    private static Map<String, String> given(String text) {
        return Map.of(GivenCode.ENVIRONMENT_NAME, text);
    }

    private static String refused(Optional<String> argument, Map<String, String> environment) {
        var failed = assertThrows(StartFailure.class, () -> GivenCode.of(argument, environment));
        assertEquals(ExitCode.USAGE, failed.exitCode());
        assertFalse(failed.getMessage().contains(CODE.text()), "the code is repeated");
        return failed.getMessage();
    }

    @Test
    void isTakenFromTheEnvironmentWithOrWithoutItsNameInTheArgument() throws Exception {
        for (String text :
                List.of(
                        CODE.text(),
                        " " + CODE.text() + "\n",
                        CODE.text().toLowerCase(Locale.ROOT),
                        CODE.text().replace("-", ""))) {
            assertEquals(Optional.of(CODE), GivenCode.of(Optional.empty(), given(text)), text);
            assertEquals(
                    Optional.of(CODE),
                    GivenCode.of(Optional.of(GivenCode.ENVIRONMENT_NAME), given(text)),
                    text);
        }
    }

    @Test
    void noneIsGivenWhereNobodySaysSo() throws Exception {
        assertEquals(Optional.empty(), GivenCode.of(Optional.empty(), NOTHING));
        assertEquals(Optional.empty(), GivenCode.of(Optional.empty(), given(" ")));
    }

    @Test
    void oneOnTheCommandLineIsRefusedWhateverStandsInTheEnvironment() {
        for (Map<String, String> environment : List.of(NOTHING, given(CODE.text()))) {
            String words = refused(Optional.of(CODE.text()), environment);
            assertTrue(words.contains("Write - in its place"), words);
            assertTrue(words.contains(GivenCode.ENVIRONMENT_NAME), words);
        }
    }

    @Test
    void oneThatIsNoneIsRefused() {
        assertTrue(refused(Optional.of(GivenCode.ENVIRONMENT_NAME), NOTHING).contains("begins"));
        String mistyped = CODE.text() + "0";
        assertTrue(refused(Optional.empty(), given(mistyped)).contains("./elohim family show"));
    }
}
