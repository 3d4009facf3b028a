package org.elohim.node.family;

import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.family.KeyRing;
import org.elohim.protocol.family.KeyRingText;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/// `family.key` as it lies in the data directory when the node starts.
///
/// Invariants: a file that cannot be trusted or read is told of in words, and stays as it is.
final class KeyRingFile {
    private static final int FILE_BYTES_MAX = 1 << 16;

    private KeyRingFile() {}

    static Optional<KeyRing> load(Path directory) throws StartFailure {
        Path file = directory.resolve(FamilyKeys.FILE_NAME);
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            if (!Files.isRegularFile(file)) {
                throw damaged(file, "it is not a regular file");
            }
            if (SafeFile.isOpenToOthers(file)) {
                throw new StartFailure(
                        ExitCode.UNTRUSTED_DATA,
                        "%s can be read by other users of this machine. If nobody has, run: chmod 600 %s. Else change the family's key afterwards: ./elohim family rotate-key"
                                .formatted(file, file));
            }
            return Optional.of(read(file, SafeFile.read(file, FILE_BYTES_MAX)));
        } catch (IOException unreadable) {
            throw damaged(file, String.valueOf(unreadable.getMessage()));
        }
    }

    private static KeyRing read(Path file, String text) throws StartFailure {
        return switch (KeyRingText.parse(text)) {
            case KeyRingText.Parsed.Known(var ring) -> ring;
            case KeyRingText.Parsed.Newer(var format) ->
                    throw new StartFailure(
                            ExitCode.USAGE,
                            "%s was written by a newer elohim-node (format %d). Start it with that version or a later one. Nothing was changed."
                                    .formatted(file, format));
            case KeyRingText.Parsed.Damaged(var reason) -> throw damaged(file, reason);
        };
    }

    static StartFailure damaged(Path file, String reason) {
        return new StartFailure(
                ExitCode.UNTRUSTED_DATA,
                "%s cannot be used: %s. Restore it from a backup; or move it away, start again, and join the family with a new code. Nothing was changed."
                        .formatted(file, reason));
    }
}
