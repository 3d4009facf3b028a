package org.elohim.node.replication;

import org.elohim.protocol.erasure.CodingKernel;
import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ReedSolomon;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Which loop computes this node's shards.
///
/// Invariants: a loop other than the plain one is used only after it was seen to be right and
/// faster, in this process.
final class Coding {
    private static final Logger LOG = LoggerFactory.getLogger(Coding.class);
    private static final ErasureCode TRIED = ErasureCode.FOUR_AND_THREE;
    private static final int TRIED_BYTES = 64 << 10;
    // Java compiles a loop well after some thousand runs of it.
    private static final Duration WARM_UP = Duration.ofMillis(500);
    private static final Duration WINDOW = Duration.ofMillis(50);
    private static final int ROUNDS = 5;

    private volatile CodingKernel kernel = CodingKernel.PLAIN;

    ReedSolomon coder(ErasureCode code) {
        return new ReedSolomon(code, kernel);
    }

    /// Takes the fastest of those that are there: a matter of a second, and of none where only the
    /// plain one is there.
    void choose() {
        List<CodingKernel> present =
                Stream.of(CodingKernel.values()).filter(CodingKernel::isPresent).toList();
        if (present.size() < 2) {
            return;
        }
        Map<CodingKernel, Double> rates = new TreeMap<>();
        for (CodingKernel each : present) {
            if (each.isRight()) {
                rates.put(each, gigabytesPerSecond(each));
            } else {
                LOG.warn(
                        "this loop for shards makes wrong bytes on this processor and is not used:"
                                + " please report it loop={} processor={}",
                        each,
                        System.getProperty("os.arch"));
            }
        }
        rates.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .ifPresent(fastest -> kernel = fastest.getKey());
        LOG.info("shards are computed by the fastest loop loop={} gigabytes={}", kernel, rates);
    }

    private static double gigabytesPerSecond(CodingKernel kernel) {
        var coder = new ReedSolomon(TRIED, kernel);
        byte[][] shards = new byte[TRIED.shards()][TRIED_BYTES];
        rate(coder, shards, WARM_UP);
        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            best = Math.max(best, rate(coder, shards, WINDOW));
        }
        return Math.round(best * 10) / 10.0;
    }

    private static double rate(ReedSolomon coder, byte[][] shards, Duration window) {
        long from = System.nanoTime();
        long coded = 0;
        while (System.nanoTime() - from < window.toNanos()) {
            coder.encode(shards, 0, TRIED_BYTES);
            coded += (long) TRIED.dataShards() * TRIED_BYTES;
        }
        return (double) coded / (System.nanoTime() - from);
    }
}
