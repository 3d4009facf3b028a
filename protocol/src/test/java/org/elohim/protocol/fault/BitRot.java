package org.elohim.protocol.fault;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Bits that flip in the files of a store of blobs, while nobody looks.
public final class BitRot {
    private static final int FLIPPED = 0x40;

    private BitRot() {}

    /// Flips a bit of this content wherever it lies in the segments of a store.
    ///
    /// @return at how many places it lay
    public static int of(byte[] content, Path store) throws IOException {
        int places = 0;
        for (Path segment : files(store, ".pack")) {
            byte[] bytes = Files.readAllBytes(segment);
            for (int at = 0; at + content.length <= bytes.length; at++) {
                if (bytes[at] == content[0]
                        && Arrays.equals(
                                bytes, at, at + content.length, content, 0, content.length)) {
                    flip(segment, at);
                    places++;
                }
            }
        }
        return places;
    }

    /// Flips a bit in the middle of each blob that has a file of its own.
    ///
    /// @return how many those are
    public static int ofLargeBlobs(Path store) throws IOException {
        List<Path> blobs = files(store, ".blob");
        for (Path each : blobs) {
            flip(each, Files.size(each) / 2);
        }
        return blobs.size();
    }

    private static List<Path> files(Path store, String ending) throws IOException {
        try (Stream<Path> files = Files.list(store)) {
            return files.filter(each -> each.toString().endsWith(ending)).toList();
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (var opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(at);
            int was = opened.read();
            opened.seek(at);
            opened.write(was ^ FLIPPED);
        }
    }
}
