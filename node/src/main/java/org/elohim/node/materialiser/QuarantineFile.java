package org.elohim.node.materialiser;

import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.process.Sound;
import org.elohim.node.data.SafeFile;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What `Quarantine` knows, in a file `quarantine`: a line that says what found it, and one for
/// each document.
///
/// Invariants: the file is a help, without which a search finds the same again; what another engine
/// has found is not believed.
final class QuarantineFile {
    static final String NAME = "quarantine";

    private static final String FIRST_LINE = "quarantine 1, " + CrdtEngine.VERSION;
    private static final String NOTHING = "-";
    private static final int FILE_BYTES_MAX = 4 << 20;

    // What is longer is searched again after a restart: a thousand changes that fail.
    private static final int LINE_CHARS_MAX = 64 << 10;

    private final Path file;

    /// What is kept of a document.
    ///
    /// @param suspected whether it has failed lately
    record Line(Quarantine.Entry entry, boolean suspected) {}

    QuarantineFile(Path directory) {
        file = directory.resolve(NAME);
    }

    /// In the order in which it was written. Nothing where there is no file, or one of another
    /// engine.
    Map<DocumentId, Line> read() throws IOException {
        Map<DocumentId, Line> known = new LinkedHashMap<>();
        if (Files.notExists(file)) {
            return known;
        }
        List<String> lines = SafeFile.read(file, FILE_BYTES_MAX).lines().toList();
        if (!lines.isEmpty() && lines.getFirst().equals(FIRST_LINE)) {
            try {
                lines.stream()
                        .skip(1)
                        .map(line -> line.split(" ", -1))
                        .forEach(words -> known.put(DocumentId.parse(words[0]), line(words)));
            } catch (IllegalArgumentException damaged) {
                throw new IOException("it is damaged: " + damaged.getMessage(), damaged);
            }
        }
        return known;
    }

    private static Line line(String[] words) {
        if (words.length != 6) {
            throw new IllegalArgumentException(words.length + " words");
        }
        return new Line(
                new Quarantine.Entry(
                        hashes(words[2]),
                        hashes(words[3]),
                        new Sound(Integer.parseInt(words[4]), ContentHash.parse(words[5]))),
                Boolean.parseBoolean(words[1]));
    }

    /// The last ones, where there is no room for all.
    void write(Map<DocumentId, Line> known) throws IOException {
        List<String> lines = new ArrayList<>();
        int chars = FIRST_LINE.length() + 1;
        for (Map.Entry<DocumentId, Line> each : List.copyOf(known.entrySet()).reversed()) {
            String line = text(each.getKey(), each.getValue());
            if (line.length() <= LINE_CHARS_MAX && chars + line.length() < FILE_BYTES_MAX) {
                lines.add(line);
                chars += line.length() + 1;
            }
        }
        lines.add(FIRST_LINE);
        SafeFile.write(file, String.join("\n", lines.reversed()) + "\n");
    }

    private static String text(DocumentId document, Line line) {
        Quarantine.Entry entry = line.entry();
        return String.join(
                " ",
                document.toString(),
                Boolean.toString(line.suspected()),
                text(entry.bad()),
                text(entry.untried()),
                Integer.toString(entry.sound().count()),
                entry.sound().digest().toString());
    }

    private static String text(Set<ContentHash> hashes) {
        return hashes.isEmpty()
                ? NOTHING
                : hashes.stream()
                        .sorted()
                        .map(ContentHash::toString)
                        .collect(Collectors.joining(","));
    }

    private static Set<ContentHash> hashes(String text) {
        return text.equals(NOTHING)
                ? Set.of()
                : Arrays.stream(text.split(",", -1))
                        .map(ContentHash::parse)
                        .collect(Collectors.toUnmodifiableSet());
    }
}
