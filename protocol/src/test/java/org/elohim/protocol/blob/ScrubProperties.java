package org.elohim.protocol.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.blob.Scrub.Finding;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

class ScrubProperties {
    private static final ScrubCycle CYCLE = new ScrubCycle(Duration.ofDays(1), Duration.ofDays(30));

    @Property(tries = 300)
    void whatIsWrittenDownIsReadAgainAndNothingElseIs(@ForAll long seed) {
        var random = new Random(seed);
        Scrub scrub = random(random);
        ByteBuffer bytes = ScrubCodec.encode(scrub);

        assertEquals(Optional.of(scrub), ScrubCodec.decode(bytes));
        for (int cut = 0; cut < bytes.limit(); cut++) {
            assertEquals(Optional.empty(), ScrubCodec.decode(bytes.slice(0, cut)));
        }
        int flipped = random.nextInt(8 * bytes.limit());
        bytes.put(flipped / 8, (byte) (bytes.get(flipped / 8) ^ (1 << flipped % 8)));
        assertEquals(Optional.empty(), ScrubCodec.decode(bytes));
    }

    private static Scrub random(Random random) {
        Scrub scrub = Scrub.begin(random.nextInt(1 << 30), CYCLE, random);
        for (int i = 0; i < random.nextInt(4); i++) {
            scrub = scrub.withPass(random.nextInt(1 << 30), 7, CYCLE);
            for (int offset = 0; offset < random.nextInt(5); offset++) {
                Finding finding = random.nextBoolean() ? Finding.DAMAGED : Finding.UNREADABLE;
                scrub = scrub.looked(new Place(1 + i, 16 * offset), finding, random.nextInt(1000));
            }
            if (random.nextBoolean()) {
                scrub = scrub.ended(random.nextInt(1 << 30), CYCLE, random);
            }
        }
        return scrub.withHealed(random.nextInt());
    }

    @Property(tries = 200)
    void aPassComesUponAllThatIsGoodInTheOrderOfTheDisk(
            @ForAll @IntRange(min = 0, max = 300) int blobs,
            @ForAll @IntRange(min = 1, max = 40) int batch,
            @ForAll @IntRange(min = 1, max = 9) int untilSegment,
            @ForAll long seed) {
        var random = new Random(seed);
        var index = new BlobIndex(seed);
        List<IndexEntry> wanted = new ArrayList<>();
        for (int i = 0; i < blobs; i++) {
            ContentHash key = Records.key(i);
            var place = new Place(1 + random.nextInt(9), 16 * (256 + i));
            boolean isDamaged = random.nextInt(5) == 0;
            var entry = new IndexEntry(key, 1, 1, 0, 0, place, 128, false, 0, isDamaged);
            index.put(entry);
            if (!isDamaged && place.segment() <= untilSegment) {
                wanted.add(entry);
            }
        }
        wanted.sort(
                Comparator.<IndexEntry>comparingInt(entry -> entry.place().segment())
                        .thenComparingInt(entry -> entry.place().offset()));

        List<IndexEntry> met = new ArrayList<>();
        var after = new Place(0, 0);
        List<IndexEntry> next = next(index, after, untilSegment, batch);
        while (!next.isEmpty()) {
            assertTrue(next.size() <= batch, "size=" + next.size());
            met.addAll(next);
            next = next(index, next.getLast().place(), untilSegment, batch);
        }

        assertEquals(wanted, met);
        assertEquals(index.damaged(), index.size() - wantedOfAll(index));
    }

    private static int wantedOfAll(BlobIndex index) {
        int good = 0;
        for (int slot = 0; slot < index.slots(); slot++) {
            good += index.placeOfGood(slot) != 0 ? 1 : 0;
        }
        return good;
    }

    private static List<IndexEntry> next(BlobIndex index, Place after, int until, int max) {
        var batch = new ScrubBatch(after, until, max);
        int half = index.slots() / 2;
        batch.offer(index, 0, half);
        batch.offer(index, half, index.slots());
        return batch.inOrder();
    }

    @Property(tries = 100)
    void fullPassesComeAboutAsOftenAsTheyShouldAndNotAllAtOnce(@ForAll long seed) {
        var random = new Random(seed);
        long now = 1_000_000;
        Scrub scrub = Scrub.begin(now, CYCLE, random);
        long lastFull = now;
        for (int i = 0; i < 200; i++) {
            now += scrub.rest(now, CYCLE);
            scrub = scrub.withPass(now, 3, CYCLE);
            boolean isFull = scrub.pass().orElseThrow().full();
            now += 3600;
            scrub = scrub.ended(now, CYCLE, random);
            if (isFull) {
                assertEquals(now, scrub.lastFull());
                assertTrue(now - lastFull <= Duration.ofDays(36).toSeconds(), "at " + now);
                lastFull = now;
            }
            long rest = scrub.rest(now, CYCLE);
            assertTrue(rest <= Duration.ofHours(28).toSeconds(), "rest=" + rest);
        }
        assertTrue(lastFull > 1_000_000, "no full pass");
    }

    @Property(tries = 300)
    void whatIsVouchedForWasLookedAtSince(@ForAll long seed) {
        var random = new Random(seed);
        Scrub scrub = Scrub.begin(1_000, CYCLE, random);
        Map<Place, Long> looked = new HashMap<>();
        boolean couldNotBeRead = false;
        for (long now = 1_000; now < 1_200; now++) {
            int offset = scrub.pass().map(pass -> pass.after().offset()).orElse(0);
            if (random.nextInt(8) == 0 && scrub.pass().isPresent()) {
                scrub = scrub.ended(now, CYCLE, random);
            } else {
                couldNotBeRead &= scrub.pass().isPresent();
                scrub = scrub.withPass(now, 1, CYCLE);
                var place = new Place(1, offset + 16 * (1 + random.nextInt(2)));
                Finding finding = random.nextInt(20) == 0 ? Finding.UNREADABLE : Finding.GOOD;
                couldNotBeRead |= finding == Finding.UNREADABLE;
                scrub = scrub.looked(place, finding, 1);
                looked.put(place, now);
                // What lies between was looked at, too, or was not there.
                for (int before = offset + 16; before < place.offset(); before += 16) {
                    looked.put(new Place(1, before), now);
                }
            }
            for (int at = 16; at < 1_000; at += 16) {
                var place = new Place(1, at);
                long since = scrub.goodSince(place);
                if (since > 0) {
                    assertTrue(looked.getOrDefault(place, 0L) >= since, place + " since " + since);
                }
                if (couldNotBeRead && scrub.pass().isPresent()) {
                    assertEquals(scrub.walked().vouchesFor(place), since);
                }
            }
        }
    }

    @Property(tries = 50)
    void aClockThatWasAheadPutsNothingOff(@ForAll long seed) {
        var random = new Random(seed);
        long now = 1_000_000;
        Scrub ahead = Scrub.begin(now + 1_000_000_000, CYCLE, random);

        assertEquals(0, ahead.rest(now, CYCLE));
        assertTrue(ahead.withPass(now, 1, CYCLE).pass().orElseThrow().full());
    }
}
