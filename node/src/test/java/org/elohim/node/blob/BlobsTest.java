package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

class BlobsTest {
    private static final long CAPACITY_BYTES = 512L << 20;

    @TempDir Path data;

    private Blobs open() throws StartFailure {
        return Blobs.open(
                data,
                CAPACITY_BYTES,
                new BlobMemory(1 << 20, 8 << 20, 8 << 20),
                InstantSource.system());
    }

    @Test
    void aNodeThatHasNoBlobsTakesNoRoomForThem() throws Exception {
        for (int i = 0; i < 2; i++) {
            try (Blobs blobs = open()) {
                blobs.store().upkeepNow();
                assertEquals(0, blobs.store().stats().takenBytes());
            }
        }
    }

    @Test
    void whatWasPutIsThereAfterTheNextStart() throws Exception {
        BlobStore.Putting putting;
        try (Blobs blobs = open()) {
            putting = blobs.store().put(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            assertInstanceOf(Outcome.Done.class, putting.outcome().toCompletableFuture().join());
        }
        try (Blobs blobs = open()) {
            assertInstanceOf(Found.Small.class, blobs.store().get(putting.key()));
        }
    }

    @Test
    void whatCannotBeOpenedIsToldInWords() throws Exception {
        Files.writeString(data.resolve(Blobs.DIRECTORY), "in the way");

        StartFailure failure = assertThrows(StartFailure.class, this::open);
        assertEquals(ExitCode.ENVIRONMENT, failure.exitCode());
        assertTrue(
                String.valueOf(failure.getMessage()).contains("not a directory"),
                failure::getMessage);
    }
}
