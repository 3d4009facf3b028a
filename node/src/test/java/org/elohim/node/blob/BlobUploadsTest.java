package org.elohim.node.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.util.ByteString;

import org.elohim.node.blob.BlobUploads.Begun;
import org.elohim.node.blob.BlobUploads.Turn;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

class BlobUploadsTest {
    private static final int SMALL_BYTES = 8 << 10;
    private static final BlobSettings SETTINGS =
            new BlobSettings(64 << 10, 1 << 20, SMALL_BYTES, 1, 40, Duration.ofDays(7));
    private static final ContentHash ANA = hash(new byte[] {1});
    private static final ContentHash BEN = hash(new byte[] {2});
    private static final byte[] CONTENT = new byte[100_000];
    private static final ContentHash KEY = hash(CONTENT);

    @TempDir Path directory;
    private final AtomicLong millis = new AtomicLong();

    @SuppressWarnings("NullAway.Init") // set before each test
    private BlobStore store;

    @SuppressWarnings("NullAway.Init")
    private BlobUploads uploads;

    private static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    @BeforeEach
    void open() throws IOException {
        store =
                BlobStore.open(
                        directory, SETTINGS, 64 << 20, InstantSource.system(), new Random(2));
        uploads = new BlobUploads(store, new BlobKeeper(store), millis::get);
    }

    @AfterEach
    void close() throws IOException {
        uploads.close();
        store.close();
    }

    private static ByteString part(int from, int to) {
        return ByteString.fromArray(CONTENT, from, to - from);
    }

    private Turn taken(ContentHash owner, ContentHash blob, long from) throws IOException {
        return assertInstanceOf(Begun.Taken.class, uploads.begin(owner, blob, from, 0)).turn();
    }

    private long unfinished() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(
                            name ->
                                    FileNames.isUnfinished(name)
                                            || FileNames.partName(name).isPresent())
                    .count();
        }
    }

    @Test
    void whoeverIsCutOffGoesOnFromWhereItStands() throws IOException {
        Turn first = taken(ANA, KEY, 0);
        first.write(part(0, 60_000));
        first.rest();

        assertEquals(60_000, uploads.offset(ANA, KEY));
        assertEquals(new Begun.Elsewhere(60_000), uploads.begin(ANA, KEY, 50_000, 0));
        Turn second = taken(ANA, KEY, 60_000);
        second.write(part(60_000, CONTENT.length));

        assertEquals(new Stored.Kept(KEY, CONTENT.length, Reach.LOCAL), second.finish(Reach.LOCAL));
        assertEquals(0, uploads.size());
        assertInstanceOf(Found.Large.class, store.get(KEY));
    }

    @Test
    void whoeverGoesOnHasItToHimself() throws IOException {
        Turn first = taken(ANA, KEY, 0);
        first.write(part(0, 20_000));

        Turn second = taken(ANA, KEY, 20_000);

        assertThrows(BlobUploads.Superseded.class, () -> first.write(part(20_000, 30_000)));
        assertThrows(BlobUploads.Superseded.class, () -> first.finish(Reach.DEFAULT));
        assertEquals(20_000, second.offset());
    }

    @Test
    void aBeginningDropsWhatHadCome() throws IOException {
        taken(ANA, KEY, 0).write(part(0, 20_000));

        Turn second = taken(ANA, KEY, 0);

        assertEquals(0, second.offset());
        second.write(part(0, 20_000));
        assertEquals(1, unfinished());
    }

    @Test
    void anotherContentThanWasPromisedIsNotKept() throws IOException {
        Turn turn = taken(ANA, BEN, 0);
        turn.write(part(0, CONTENT.length));

        assertEquals(new Stored.Other(KEY), turn.finish(Reach.DEFAULT));
        assertInstanceOf(Found.Absent.class, store.get(KEY));
        assertEquals(0, uploads.offset(ANA, BEN));
        assertEquals(0, unfinished());
    }

    @Test
    void nobodySeesWhatOthersHaveBegun() throws IOException {
        taken(ANA, KEY, 0).write(part(0, 20_000));

        assertEquals(0, uploads.offset(BEN, KEY));
        assertEquals(new Begun.Elsewhere(0), uploads.begin(BEN, KEY, 20_000, 0));
    }

    @Test
    void ofTooManyTheOneGoesThatHasRestedLongest() throws IOException {
        for (int i = 0; i < BlobUploads.OF_OWNER_MAX; i++) {
            millis.set(i);
            taken(ANA, hash(new byte[i]), 0).rest();
        }

        var _ = taken(ANA, KEY, 0);

        assertEquals(BlobUploads.OF_OWNER_MAX, uploads.size());
        assertEquals(new Begun.Elsewhere(0), uploads.begin(ANA, hash(new byte[0]), 1, 0));
    }

    @Test
    void whereAllAreAtWorkNoMoreAreTaken() throws IOException {
        for (int i = 0; i < BlobUploads.OF_OWNER_MAX; i++) {
            var _ = taken(ANA, hash(new byte[i]), 0);
        }

        assertEquals(new Begun.TooMany(), uploads.begin(ANA, KEY, 0, 0));
        var _ = taken(BEN, KEY, 0);
    }

    @Test
    void whatRestsTooLongGoes() throws IOException {
        Turn resting = taken(ANA, KEY, 0);
        resting.write(part(0, 20_000));
        resting.rest();
        var _ = taken(BEN, KEY, 0);
        millis.set(BlobUploads.REST_MAX.toMillis() + 1);

        uploads.tidy();

        assertEquals(0, uploads.offset(ANA, KEY));
        assertEquals(1, uploads.size());
        assertEquals(0, unfinished());
    }

    @Test
    void whereThereIsNoRoomNothingStays() throws IOException {
        Turn turn = taken(ANA, KEY, 0);
        assertThrows(
                IOException.class,
                () -> {
                    for (int i = 0; i < 100; i++) {
                        turn.write(part(0, 60_000));
                    }
                });

        assertEquals(0, uploads.size());
        assertEquals(0, unfinished());
    }

    private static final byte[] LONG = new byte[300_000];
    private static final ContentHash LONG_KEY = hash(LONG);
    private static final int WHOLE_BLOCKS = 3 * LargeBlobs.BLOCK_BYTES;

    private void begin(ContentHash owner, ContentHash blob) throws IOException {
        Turn turn = taken(owner, blob, 0);
        turn.write(ByteString.fromArray(LONG, 0, WHOLE_BLOCKS + 1_000));
        turn.rest();
    }

    private void restart() throws IOException {
        close();
        open();
    }

    @Test
    void whatAnotherProcessHasBegunIsGoneOnWithByItsOwnerAlone() throws IOException {
        begin(ANA, LONG_KEY);
        restart();

        assertEquals(0, uploads.offset(BEN, LONG_KEY));
        assertEquals(1, store.stats().unfinished());
        long offset = uploads.offset(ANA, LONG_KEY);
        assertEquals(WHOLE_BLOCKS - LargeBlobs.BLOCK_BYTES, offset);
        assertEquals(new Begun.Elsewhere(offset), uploads.begin(ANA, LONG_KEY, offset + 1, 0));
        Turn turn = taken(ANA, LONG_KEY, offset);
        turn.write(ByteString.fromArray(LONG, (int) offset, LONG.length - (int) offset));

        assertEquals(
                new Stored.Kept(LONG_KEY, LONG.length, Reach.DEFAULT), turn.finish(Reach.DEFAULT));
        assertEquals(0, unfinished());
    }

    @Test
    void whoeverDoesNotAskWhereItStandsGoesOnAsWell() throws IOException {
        begin(ANA, LONG_KEY);
        restart();

        assertEquals(
                WHOLE_BLOCKS - LargeBlobs.BLOCK_BYTES,
                taken(ANA, LONG_KEY, WHOLE_BLOCKS - LargeBlobs.BLOCK_BYTES).offset());
    }

    @Test
    void aBeginningDropsWhatAnotherProcessHasBegun() throws IOException {
        begin(ANA, LONG_KEY);
        restart();

        taken(ANA, LONG_KEY, 0).write(ByteString.fromArray(LONG, 0, 50_000));

        assertEquals(50_000, uploads.offset(ANA, LONG_KEY));
        assertEquals(1, unfinished());
        assertEquals(0, store.stats().unfinished());
    }

    @Test
    void whatWasSpoiledMeanwhileIsBegunAnewAndSaysSo() throws IOException {
        begin(ANA, KEY);
        restart();
        int offset = (int) uploads.offset(ANA, KEY);
        assertTrue(offset > 0);
        Turn turn = taken(ANA, KEY, offset);
        turn.write(ByteString.fromArray(LONG, 0, 100));

        assertThrows(BlobUploads.Spoiled.class, () -> turn.finish(Reach.DEFAULT));

        assertEquals(0, uploads.offset(ANA, KEY));
        assertEquals(0, unfinished());
        // The second time it is what was sent that is wrong.
        Turn again = taken(ANA, KEY, 0);
        again.write(ByteString.fromArray(LONG, 0, 100_001));
        assertInstanceOf(Stored.Other.class, again.finish(Reach.DEFAULT));
    }

    @Test
    void whatIsDroppedByItsOwnerIsGoneAlsoWhereAnotherProcessHadBegunIt() throws IOException {
        begin(ANA, LONG_KEY);
        restart();

        uploads.drop(BEN, LONG_KEY);
        assertEquals(1, unfinished());
        uploads.drop(ANA, LONG_KEY);

        assertEquals(0, unfinished());
        assertEquals(0, uploads.offset(ANA, LONG_KEY));
    }
}
