package org.elohim.tests.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A disk without room.
public final class FullDisk {
    private FullDisk() {}

    /// Fills up the disk that this file is on, to the last byte; until the file is deleted.
    public static void by(Path filler) throws IOException {
        try (var out = Files.newOutputStream(filler)) {
            for (byte[] some : List.of(new byte[1 << 16], new byte[1 << 10], new byte[1])) {
                fill(out, some);
            }
        }
    }

    private static void fill(OutputStream out, byte[] some) {
        try {
            while (true) {
                out.write(some);
            }
        } catch (IOException full) {
            // No room for that much any more.
        }
    }
}
