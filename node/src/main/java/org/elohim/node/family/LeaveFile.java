package org.elohim.node.family;

import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.KeyRing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// Whether this node leaves its family or has left it, in a file `leave` of one line: a word, the
/// family's lasting id, and the tag of the key that it had last. There is none as long as it stays.
///
/// Invariants: one write decides. Whoever finds `left` belongs to no family, whatever else a crash
/// has left behind.
final class LeaveFile {
    static final String NAME = "leave";

    private static final int FILE_BYTES_MAX = 1_024;

    private final Path file;

    /// What was decided.
    enum Kind {
        /// It is a member still.
        LEAVING,
        LEFT
    }

    /// @param tag of the newest key that the node had
    record Leave(Kind kind, Bytes family, String tag) {
        static Leave of(Kind kind, KeyRing ring) {
            return new Leave(kind, ring.family(), ring.newest().key().tag());
        }

        /// Whether that family is meant.
        boolean isOf(KeyRing ring) {
            return isOf(ring.family(), ring.newest().key());
        }

        boolean isOf(Bytes other, FamilyKey key) {
            return family.equals(other) || tag.equals(key.tag());
        }
    }

    LeaveFile(Path directory) {
        file = directory.resolve(NAME);
    }

    Path path() {
        return file;
    }

    Optional<Leave> read() throws StartFailure {
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        try {
            String[] words = SafeFile.read(file, FILE_BYTES_MAX).strip().split(" ", -1);
            if (words.length != 3) {
                throw new IllegalArgumentException(words.length + " words");
            }
            return Optional.of(
                    new Leave(
                            Kind.valueOf(words[0].toUpperCase(Locale.ROOT)),
                            Bytes.parseHex(words[1]),
                            words[2]));
        } catch (IOException | IllegalArgumentException damaged) {
            throw new StartFailure(
                    ExitCode.UNTRUSTED_DATA,
                    "%s is damaged (%s). It says whether this node leaves its family or has left it. Delete it if the node is to stay; it then has to join again if it had left. Nothing was changed."
                            .formatted(file, damaged.getMessage()),
                    damaged);
        }
    }

    void write(Leave leave) throws IOException {
        SafeFile.write(
                file,
                leave.kind().name().toLowerCase(Locale.ROOT)
                        + " "
                        + leave.family().toHex()
                        + " "
                        + leave.tag()
                        + "\n");
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }
}
