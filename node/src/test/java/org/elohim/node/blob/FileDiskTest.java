package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;

class FileDiskTest {
    @TempDir Path directory;

    private static ByteBuffer bytes(int... values) {
        var bytes = ByteBuffer.allocate(values.length);
        for (int value : values) {
            bytes.put((byte) value);
        }
        return bytes.flip();
    }

    private static ByteBuffer read(BlobFile file, long position, int count) throws IOException {
        var into = ByteBuffer.allocate(count);
        file.read(position, into);
        return into.flip();
    }

    @Test
    void aFileIsReadAsItWasWrittenUnderWhateverName() throws IOException {
        var disk = FileDisk.in(directory.resolve("blobs"));
        BlobFile file = disk.create("one");
        file.write(2, bytes(1, 2, 3));
        file.sync();
        disk.rename("one", "two");
        disk.syncDirectory();
        file.write(5, bytes(4));

        assertEquals(List.of("two"), disk.list());
        assertEquals(6, file.size());
        assertEquals(bytes(0, 0, 1, 2, 3, 4), read(file, 0, 10));
        assertEquals(bytes(3, 4), read(disk.open("two"), 4, 2));
        file.truncate(4);
        assertEquals(bytes(0, 0, 1, 2), read(file, 0, 10));
        disk.delete("two");
        assertEquals(List.of(), disk.list());
        assertThrows(IOException.class, () -> disk.open("two"));
    }

    @Test
    void nobodyElseMayReadIt() throws IOException {
        Path place = directory.resolve("blobs");
        FileDisk.in(place).create("one").close();

        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(place.resolve("one"))));
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(place)));
    }

    @Test
    void aReaderThatIsInterruptedEndsNobodyElsesWork() throws IOException {
        var disk = FileDisk.in(directory);
        BlobFile file = disk.create("one");
        file.write(0, bytes(1, 2));
        disk.rename("one", "two");
        var ended = new CompletableFuture<Boolean>();
        Thread.ofPlatform()
                .start(
                        () -> {
                            Thread.currentThread().interrupt();
                            try {
                                read(file, 0, 2);
                                ended.complete(false);
                            } catch (IOException interrupted) {
                                ended.complete(true);
                            }
                        });
        assertTrue(ended.join(), "Java closes what an interrupted thread reads");

        file.write(2, bytes(3));
        file.sync();
        assertEquals(bytes(1, 2, 3), read(file, 0, 3));
    }
}
