package org.elohim.client.command;

import com.fasterxml.jackson.databind.JsonNode;

import org.elohim.client.SyncStatus;

import java.io.Console;
import java.io.PrintStream;
import java.util.Optional;

/// What a person sees, or a script.
final class Printer {
    private final PrintStream out;
    private final PrintStream err;
    private final boolean json;
    private final boolean atTerminal =
            Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    private boolean progressShown;

    Printer(PrintStream out, PrintStream err, boolean json) {
        this.out = out;
        this.err = err;
        this.json = json;
    }

    /// One line of JSON, or the words.
    void print(JsonNode forScripts, String forPeople) {
        out.println(json ? forScripts.toString() : forPeople);
    }

    /// Beside what was asked for.
    void warn(String sentence) {
        err.println("elohim device: " + sentence);
    }

    /// Whether nobody reads any more what is printed.
    boolean isCut() {
        return out.checkError();
    }

    /// Whether there is somebody to watch how it goes.
    boolean showsProgress() {
        return !json && atTerminal;
    }

    void progress(SyncStatus status, long received) {
        long unsent = status.nodes().stream().mapToLong(SyncStatus.NodeStatus::unsent).sum();
        progress("to send: %d  received: %d".formatted(unsent, received));
    }

    /// How it goes, on one line that is written over and over; for people only.
    void progress(String line) {
        if (!showsProgress()) {
            return;
        }
        err.print("\r\033[K" + line);
        err.flush();
        progressShown = true;
    }

    void progressDone() {
        if (progressShown) {
            err.print("\r\033[K");
            err.flush();
        }
    }
}
