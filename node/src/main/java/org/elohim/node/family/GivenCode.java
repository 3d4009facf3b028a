package org.elohim.node.family;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.family.JoinCode;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/// The join code that somebody gives a process: by the environment, at a prompt or on standard
/// input.
///
/// Invariants: never by an argument, which every user of the machine can read as long as the
/// process runs. (`./elohim` takes one, hands it on in the environment, and puts the variable's
/// name in its place.) No complaint repeats the code.
public final class GivenCode {
    public static final String ENVIRONMENT_NAME = "ELOHIM_JOIN";

    private static final String ASK = "-";
    private static final int CODE_CHARACTERS_MAX = 8_192;

    private GivenCode() {}

    /// The code, where one is given.
    ///
    /// @param argument in its place, of `--join` or of `family join`
    public static Optional<JoinCode> of(Optional<String> argument, Map<String, String> environment)
            throws StartFailure {
        boolean asks = argument.equals(Optional.of(ASK));
        if (!asks && argument.filter(text -> !text.equals(ENVIRONMENT_NAME)).isPresent()) {
            throw wrong(
                    "a code does not belong on a command line, which others of this machine can read. Write - in its place to be asked for it, or give it in the variable %s, where ./elohim puts it by itself."
                            .formatted(ENVIRONMENT_NAME));
        }
        String given = asks ? asked() : environment.getOrDefault(ENVIRONMENT_NAME, "").strip();
        try {
            return given.isEmpty() && argument.isEmpty()
                    ? Optional.empty()
                    : Optional.of(JoinCode.parse(given));
        } catch (IllegalArgumentException none) {
            throw wrong(
                    none.getMessage()
                            + ". Show it again with ./elohim family show on a node of the family.");
        }
    }

    private static String asked() throws StartFailure {
        Optional<Console> console =
                Optional.ofNullable(System.console()).filter(Console::isTerminal);
        if (console.isPresent()) {
            char[] typed = console.get().readPassword("Join code (it is not shown): ");
            return typed == null ? "" : new String(typed).strip();
        }
        try {
            var in =
                    new BufferedReader(
                            new InputStreamReader(System.in, StandardCharsets.UTF_8),
                            CODE_CHARACTERS_MAX);
            String line = in.readLine();
            return line == null || line.length() > CODE_CHARACTERS_MAX ? "" : line.strip();
        } catch (IOException unreadable) {
            throw wrong("standard input cannot be read");
        }
    }

    private static StartFailure wrong(String why) {
        return new StartFailure(ExitCode.USAGE, "The join code cannot be used: " + why);
    }
}
