package org.elohim.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.node.api.ByteRanges.Span;
import org.junit.jupiter.api.Test;

import java.util.List;

class ByteRangesTest {
    private static ByteRanges parts(Span... spans) {
        return new ByteRanges.Parts(List.of(spans));
    }

    @Test
    void aRangeIsTakenAsFarAsTheContentGoes() {
        assertEquals(parts(new Span(0, 10)), ByteRanges.of("bytes=0-9", 100));
        assertEquals(parts(new Span(90, 100)), ByteRanges.of("bytes=90-", 100));
        assertEquals(parts(new Span(99, 100)), ByteRanges.of("bytes=99-1000", 100));
        assertEquals(parts(new Span(93, 100)), ByteRanges.of("bytes=-7", 100));
        assertEquals(parts(new Span(0, 100)), ByteRanges.of("bytes=-700", 100));
        assertEquals(parts(new Span(3, 4)), ByteRanges.of("Bytes= 3-3 ", 100));
    }

    @Test
    void whatLiesBehindTheEndIsNothing() {
        assertEquals(new ByteRanges.Nothing(), ByteRanges.of("bytes=100-", 100));
        assertEquals(new ByteRanges.Nothing(), ByteRanges.of("bytes=200-300,-0", 100));
        assertEquals(new ByteRanges.Nothing(), ByteRanges.of("bytes=0-", 0));
        assertEquals(new ByteRanges.Nothing(), ByteRanges.of("bytes=-1", 0));
        assertEquals(parts(new Span(4, 5)), ByteRanges.of("bytes=100-,4-4", 100));
    }

    @Test
    void noByteIsGivenTwice() {
        assertEquals(
                parts(new Span(0, 30), new Span(50, 60)),
                ByteRanges.of("bytes=50-59, 0-9, 5-19, 20-29, 7-8", 100));
    }

    @Test
    void whatCannotBeReadAsksForEverything() {
        for (String header :
                List.of(
                        "bytes=9-3",
                        "bytes=",
                        "bytes=-",
                        "bytes=a-b",
                        "bytes=1-2,",
                        "bytes=1-2,x",
                        "bytes=12345678901234567890-",
                        "items=0-1",
                        "bytes=" + "1-1,".repeat(16) + "2-2")) {
            assertEquals(new ByteRanges.All(), ByteRanges.of(header, 100), header);
        }
    }
}
