package org.elohim.protocol.automerge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.FieldReader;
import org.elohim.protocol.change.FieldWriter;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

class BloomFilterTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 40, 200})
    void itsBitsAreThoseOfAutomerge(int count) {
        List<ContentHash> hashes = Npm.hashes("filters/" + count + ".txt", "hash");

        BloomFilter filter = BloomFilter.of(count, hashes.stream());

        assertEquals(count, hashes.size());
        assertEquals(Npm.value("filters/" + count + ".txt", "filter"), filter.encoded());
        assertTrue(hashes.stream().allMatch(filter::mayContain));
    }

    @Test
    void itClaimsWhatItWasNotGivenAboutOnceInAHundred() {
        var filter = BloomFilter.of(1_000, hashes(1, 1_000));

        long falseClaims = hashes(2, 10_000).filter(filter::mayContain).count();

        assertTrue(falseClaims > 20 && falseClaims < 300, "false claims=" + falseClaims);
    }

    @Test
    void withoutEntriesItClaimsNothingAndTakesNoBytes() {
        assertEquals(BloomFilter.EMPTY, BloomFilter.of(0, Stream.of()));
        assertEquals(Bytes.EMPTY, BloomFilter.EMPTY.encoded());
        assertFalse(hashes(1, 100).anyMatch(BloomFilter.EMPTY::mayContain));
        assertEquals(BloomFilter.EMPTY, read("000a07"));
    }

    @ParameterizedTest
    @CsvSource({
        "010a07ffff00, bytes=3",
        "010a07ff, bytes=1",
        "010a, probes",
        "010007, bits per entry=0",
        "012107ffffffffff, bits per entry=33",
        "010a00ffff, probes=0",
        "010a21ffff, probes=33",
        "ffffff7f0a07, entries=268435455",
    })
    void aFilterWhoseSizeDoesNotFitIsRefused(String hex, String why) {
        var fields = new FieldReader(new FieldWriter().prefixed(Bytes.parseHex(hex)).toBytes());

        BloomFilter.read(fields);

        assertTrue(fields.failed() && fields.problem().contains(why), fields.problem());
    }

    private static BloomFilter read(String hex) {
        return BloomFilter.read(
                new FieldReader(new FieldWriter().prefixed(Bytes.parseHex(hex)).toBytes()));
    }

    private static Stream<ContentHash> hashes(long seed, int count) {
        var random = new Random(seed);
        return Stream.generate(
                        () -> {
                            byte[] hash = new byte[ContentHash.SIZE_BYTES];
                            random.nextBytes(hash);
                            return new ContentHash(Bytes.copyOf(hash));
                        })
                .limit(count);
    }
}
