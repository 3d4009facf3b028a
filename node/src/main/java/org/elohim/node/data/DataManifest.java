package org.elohim.node.data;

import org.elohim.protocol.id.NodeId;

import java.util.HashMap;
import java.util.Map;

/// What a data directory says of itself: the format it is written in, by which version, for which
/// node.
///
/// Every version must be able to read the manifest of every later one far enough to name it, so
/// unknown lines are passed over and `format` and `written_by` never change their meaning.
record DataManifest(int format, String writtenBy, NodeId node) {
    static final String FILE_NAME = "elohim.data";

    /// Raised when a version can no longer be followed by its predecessor on the same directory.
    static final int FORMAT = 1;

    static final int FILE_BYTES_MAX = 4096;

    sealed interface Parsed {
        record Known(DataManifest manifest) implements Parsed {}

        record Newer(int format, String writtenBy) implements Parsed {}

        record Damaged(String reason) implements Parsed {}
    }

    static Parsed parse(String text) {
        Map<String, String> values = new HashMap<>();
        for (String line : text.lines().toList()) {
            int equals = line.indexOf('=');
            if (!line.startsWith("#") && equals > 0) {
                values.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
            }
        }
        int format;
        try {
            format = Integer.parseInt(values.getOrDefault("format", ""));
        } catch (NumberFormatException notANumber) {
            return new Parsed.Damaged("it names no format");
        }
        if (format < 1) {
            return new Parsed.Damaged("its format is " + format);
        }
        // It ends up on a terminal, so only what a version can look like is passed on.
        String writtenBy = values.getOrDefault("written_by", "");
        if (!writtenBy.matches("[0-9A-Za-z.+-]{1,40}")) {
            writtenBy = "an unknown version";
        }
        if (format > FORMAT) {
            return new Parsed.Newer(format, writtenBy);
        }
        try {
            return new Parsed.Known(
                    new DataManifest(
                            format, writtenBy, NodeId.parse(values.getOrDefault("node", ""))));
        } catch (IllegalArgumentException noNode) {
            return new Parsed.Damaged("its node is " + noNode.getMessage());
        }
    }

    String render() {
        return """
        # What this directory holds and who wrote it. elohim-node reads this before anything else.
        format = %d
        written_by = %s
        node = %s
        """
                .formatted(format, writtenBy, node);
    }
}
