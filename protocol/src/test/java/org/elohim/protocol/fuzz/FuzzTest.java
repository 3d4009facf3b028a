package org.elohim.protocol.fuzz;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Moments of fuzzing in each build; `-Dfuzz.seconds` makes them hours.
class FuzzTest {
    @Test
    @DisplayName("R-16: no bytes of a change, a sealed change or a snapshot break their readers")
    void noBytesBreakTheReadersOfChanges() throws Exception {
        new Fuzzer("change", "org.elohim.protocol.change.ChangeFuzz").run();
    }

    @Test
    @DisplayName("R-16: no frames and no order of events break a session")
    void noFramesBreakASession() throws Exception {
        new Fuzzer("session", "org.elohim.protocol.sync.SessionFuzz").run();
    }

    @Test
    @DisplayName(
            "R-16: nothing that an automerge-repo client sends breaks its readers or a document")
    void noAutomergeClientBreaksItsReaders() throws Exception {
        new Fuzzer("automerge", "org.elohim.protocol.automerge.AutomergeFuzz").run();
    }

    @Test
    void aFailingInputIsInTheFileThatTheFailureNames() throws Exception {
        var fuzzer = new Fuzzer("broken", Broken.class.getName());

        String failure =
                String.valueOf(assertThrows(AssertionError.class, fuzzer::run).getMessage());

        Matcher file = Pattern.compile("the input: (\\S+),").matcher(failure);
        assertTrue(file.find(), failure);
        assertTrue(Broken.breaks(Files.readAllBytes(Path.of(file.group(1)))), failure);
        assertTrue(failure.contains("found it"), failure);
    }

    /// Breaks on what any fuzzer comes upon.
    public static final class Broken {
        private Broken() {}

        public static void fuzzerTestOneInput(byte[] input) {
            if (breaks(input)) {
                throw new IllegalStateException("found it");
            }
        }

        private static boolean breaks(byte[] input) {
            return input.length > 3 && input[0] > 'x';
        }
    }
}
