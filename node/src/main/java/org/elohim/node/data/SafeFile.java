package org.elohim.node.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Small private files that are either whole or absent, also after a crash at any moment.
///
/// Invariants: a reader never sees a part of a file; the content is on the disk before the name is;
/// nobody but the owner can read it, at no moment.
public final class SafeFile {
    private SafeFile() {}

    public static void write(Path file, String content) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        try {
            // What a crashed predecessor left has unknown permissions and content.
            Files.deleteIfExists(temporary);
            try (FileChannel channel =
                    FileChannel.open(
                            temporary,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")))) {
                var bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel directory =
                    FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
                directory.force(true);
            }
        } catch (IOException failed) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException alsoFailed) {
                failed.addSuppressed(alsoFailed);
            }
            throw failed;
        }
    }

    /// The content of a text file that must not be larger than `bytesMax`.
    public static String read(Path file, int bytesMax) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(bytesMax + 1);
            if (content.length > bytesMax) {
                throw new IOException("larger than " + bytesMax + " bytes");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
        }
    }

    /// Whether somebody other than the owner may read or write the file.
    public static boolean isOpenToOthers(Path file) throws IOException {
        return Files.getPosixFilePermissions(file).stream()
                .anyMatch(permission -> !permission.name().startsWith("OWNER_"));
    }
}
