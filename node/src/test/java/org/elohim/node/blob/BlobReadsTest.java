package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.util.ByteString;

import org.elohim.node.blob.BlobReads.Opened;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

class BlobReadsTest {
    private static final int READERS = 1_000;
    private static final byte[] CONTENT = new byte[3 * BlobReads.PIECE_BYTES / 2];
    private static final ContentHash KEY = ContentHash.of(Bytes.copyOf(CONTENT));

    private final Map<ContentHash, byte[]> here = new ConcurrentHashMap<>();
    private final AtomicInteger diskReads = new AtomicInteger();
    private final CountDownLatch diskMayRead = new CountDownLatch(1);

    private BlobReads reads(long cacheBytes) {
        return new BlobReads(this::read, here::containsKey, cacheBytes);
    }

    private Found read(ContentHash key) {
        try {
            diskMayRead.await();
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
        diskReads.incrementAndGet();
        byte[] content = here.get(key);
        return content == null ? new Found.Absent() : new Found.Small(ByteBuffer.wrap(content));
    }

    private static <T> T join(CompletionStage<T> coming) {
        return coming.toCompletableFuture().join();
    }

    @Test
    void aThousandReadersOfOneColdBlobCauseOneReadOfTheDisk() {
        here.put(KEY, CONTENT);
        BlobReads reads = reads(1 << 20);
        List<CompletionStage<ByteString>> coming = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            coming.add(
                    reads.open(KEY)
                            .thenCompose(
                                    opened -> reads.read((Opened.Open) opened, 0, CONTENT.length)));
        }

        diskMayRead.countDown();

        coming.forEach(each -> assertEquals(BlobReads.PIECE_BYTES, join(each).size()));
        assertEquals(1, diskReads.get());
    }

    @Test
    void whatIsNotHereIsAskedForOnceForAllWhoWantIt() {
        diskMayRead.countDown();
        BlobReads reads = reads(1 << 20);
        var asked = new AtomicInteger();
        var answer = new CompletableFuture<Boolean>();
        reads.lookElsewhere(
                _ -> {
                    asked.incrementAndGet();
                    return answer;
                });
        List<CompletionStage<Opened>> coming = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            coming.add(reads.open(KEY));
        }

        here.put(KEY, CONTENT);
        answer.complete(true);

        coming.forEach(each -> assertEquals(new Opened.Open(KEY, CONTENT.length), join(each)));
        assertEquals(1, asked.get());
    }

    @Test
    void whatNobodyHasIsLookedForAgainTheNextTime() {
        diskMayRead.countDown();
        BlobReads reads = reads(1 << 20);
        assertInstanceOf(Opened.Absent.class, join(reads.open(KEY)));

        here.put(KEY, CONTENT);

        assertInstanceOf(Opened.Open.class, join(reads.open(KEY)));
    }

    @Test
    void whatWasDamagedIsServedOnceItIsHealed() {
        for (int i = 0; i < READERS; i++) {
            var content = ByteBuffer.allocate(4).putInt(0, i);
            ContentHash key = ContentHash.of(Bytes.copyOf(content.array()));
            var disk = new AtomicReference<Found>(new Found.Damaged());
            var reads = new BlobReads(_ -> disk.get(), _ -> true, 1 << 20);
            assertInstanceOf(Opened.Damaged.class, join(reads.open(key)));

            disk.set(new Found.Small(content));

            assertInstanceOf(Opened.Open.class, join(reads.open(key)));
        }
    }

    @Test
    void whatIsFoundDamagedInTheMiddleOfAReadGoesOnWithWhatComesFromElsewhere() {
        for (boolean comes : List.of(true, false)) {
            var disk = new AtomicReference<Found>(new Found.Damaged());
            var reads = new BlobReads(_ -> disk.get(), _ -> true, 1 << 20);
            reads.lookElsewhere(
                    _ -> {
                        disk.set(new Found.Small(ByteBuffer.wrap(CONTENT)));
                        return CompletableFuture.completedStage(comes);
                    });
            var open = new Opened.Open(KEY, CONTENT.length);
            var rest = reads.read(open, BlobReads.PIECE_BYTES, CONTENT.length);

            if (comes) {
                assertEquals(CONTENT.length - BlobReads.PIECE_BYTES, join(rest).size());
            } else {
                assertThrows(CompletionException.class, () -> join(rest));
            }
        }
    }

    @Test
    void whoWaitsForLongIsToldInWordsAndWhatHeWaitsForGoesOnComing() {
        diskMayRead.countDown();
        var reads = new BlobReads(this::read, here::containsKey, 1 << 20, Duration.ofMillis(1));
        var asked = new AtomicInteger();
        var answer = new CompletableFuture<Boolean>();
        reads.lookElsewhere(
                _ -> {
                    asked.incrementAndGet();
                    return answer;
                });

        for (int i = 0; i < 2; i++) {
            var late = assertInstanceOf(Opened.Unreadable.class, join(reads.open(KEY)));
            assertTrue(late.words().contains("on its way"), late.words());
        }
        assertEquals(1, asked.get());
        here.put(KEY, CONTENT);
        answer.complete(true);

        assertInstanceOf(Opened.Open.class, join(reads.open(KEY)));
    }

    @Test
    void whatWasDeletedIsNotServedOutOfMemory() {
        diskMayRead.countDown();
        here.put(KEY, CONTENT);
        BlobReads reads = reads(1 << 20);
        assertInstanceOf(Opened.Open.class, join(reads.open(KEY)));

        here.remove(KEY);

        assertInstanceOf(Opened.Absent.class, join(reads.open(KEY)));
    }

    @Test
    void aBlobThatIsLongerThanAllTheMemoryForThemIsServedAllTheSame() {
        diskMayRead.countDown();
        here.put(KEY, CONTENT);
        BlobReads reads = reads(1);
        var open = (Opened.Open) join(reads.open(KEY));

        ByteString first = join(reads.read(open, 0, open.bytes()));
        ByteString second = join(reads.read(open, first.size(), open.bytes()));

        assertEquals(CONTENT.length, first.size() + second.size());
    }
}
