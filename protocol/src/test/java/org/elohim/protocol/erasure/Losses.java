package org.elohim.protocol.erasure;

import java.util.List;
import java.util.stream.IntStream;

/// All sets of so many shards that may be lost.
final class Losses {
    private Losses() {}

    static List<ShardSet> of(ErasureCode code, int least, int most) {
        return IntStream.range(0, 1 << code.shards())
                .mapToObj(ShardSet::new)
                .filter(set -> set.count() >= least && set.count() <= most)
                .toList();
    }
}
