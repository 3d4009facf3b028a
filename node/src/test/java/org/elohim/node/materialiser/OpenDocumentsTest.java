package org.elohim.node.materialiser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

class OpenDocumentsTest {
    private final AtomicLong now = new AtomicLong();
    private final List<Integer> closed = new ArrayList<>();
    private final OpenDocuments<Thing> open = new OpenDocuments<>(now::get);

    private final class Thing implements OpenDocuments.Kept {
        private final int number;
        private long size;

        Thing(int number, long size) {
            this.number = number;
            this.size = size;
        }

        @Override
        public long sizeBytes() {
            return size;
        }

        @Override
        public void close() {
            closed.add(number);
        }
    }

    @Test
    void noMoreAreKeptThanMayBeAndThoseOfLongAgoGoFirst() {
        for (int i = 0; i < OpenDocuments.OPEN_MAX + 2; i++) {
            use(i, 1);
        }
        assertEquals(List.of(0, 1), closed);
        assertEquals(OpenDocuments.OPEN_MAX, open.count());

        use(99, OpenDocuments.OPEN_BYTES_MAX);
        assertEquals(1, open.count());
    }

    @Test
    void whatGrowsCountsAsWhatItHasBecome() {
        use(1, 1);
        OpenDocuments.Place<Thing> place = open.use(id(0));
        assertTrue(place.enter(Duration.ZERO));
        place.keep(new Thing(0, 0)).size = OpenDocuments.OPEN_BYTES_MAX;
        place.leave();
        open.done(place);
        assertEquals(List.of(1), closed);

        use(2, 1);
        assertEquals(List.of(1, 0), closed);
    }

    @Test
    void whatSomebodyIsAtIsNotClosed() {
        OpenDocuments.Place<Thing> place = open.use(id(0));
        assertTrue(place.enter(Duration.ZERO));
        Thing thing = place.keep(new Thing(0, OpenDocuments.OPEN_BYTES_MAX + 1));
        use(1, 1);
        now.addAndGet(Duration.ofHours(1).toMillis());
        assertFalse(open.tidy());
        assertSame(thing, place.open());
        place.leave();
        open.done(place);

        assertEquals(List.of(1, 0), closed);
    }

    @Test
    void whatNobodyUsesForAMinuteIsClosed() {
        use(0, 1);
        now.addAndGet(50_000);
        use(1, 1);
        assertFalse(open.tidy());
        now.addAndGet(20_000);
        assertFalse(open.tidy());
        assertEquals(List.of(0), closed);
        now.addAndGet(50_000);
        assertTrue(open.tidy());
        assertEquals(List.of(0, 1), closed);
    }

    @Test
    void whatWasDiscardedTakesNoPlace() {
        OpenDocuments.Place<Thing> place = open.use(id(0));
        assertTrue(place.enter(Duration.ZERO));
        place.keep(new Thing(0, 1));
        place.discard();
        place.leave();
        open.done(place);

        assertTrue(open.tidy());
        assertEquals(List.of(0), closed);
    }

    private void use(int number, long size) {
        OpenDocuments.Place<Thing> place = open.use(id(number));
        assertTrue(place.enter(Duration.ZERO));
        place.keep(new Thing(number, size));
        place.leave();
        open.done(place);
    }

    private static DocumentId id(int number) {
        byte[] random = new byte[DocumentId.SIZE_BYTES];
        random[0] = (byte) number;
        return DocumentId.ofRandom(random);
    }
}
