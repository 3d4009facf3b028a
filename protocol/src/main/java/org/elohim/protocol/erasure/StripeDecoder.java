package org.elohim.protocol.erasure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Reads a content out of its shards, or rebuilds lost shards, stripe by stripe, in any order.
///
/// Invariants: holds one stripe; no byte is handed on whose block was not as its check says, or
/// computed from such blocks; each stripe reads as few shards as it can.
///
/// A check finds accidents. Whether shards were made up by somebody is told by the hash of the
/// whole content, which is for the caller to look at.
public final class StripeDecoder {
    /// Where shards come from.
    public interface Source {
        /// Fills the buffer with what lies at this position of the shard; `false` where that is not
        /// to be had, for whatever reason.
        boolean read(int shard, long position, ByteBuffer into) throws IOException;
    }

    /// Takes content in its order.
    public interface Content {
        /// Takes what comes next.
        ///
        /// @param part is used again once this returns
        void accept(ByteBuffer part) throws IOException;
    }

    /// What became of a stripe.
    public sealed interface Outcome {
        /// All of it was handed over.
        record Whole() implements Outcome {}

        /// Nothing was: fewer than `needed` shards have a good block here.
        record Lost(long stripe, ShardSet good, int needed) implements Outcome {
            @Override
            public String toString() {
                return "stripe "
                        + stripe
                        + " has good blocks in the shards "
                        + good
                        + ", and "
                        + needed
                        + " are needed";
            }
        }
    }

    private static final Outcome WHOLE = new Outcome.Whole();

    private final ReedSolomon coder;
    private final ShardLayout layout;
    private final Source source;
    private final BlockCheck check = new BlockCheck();
    private final byte[][] blocks;
    private final List<Integer> order;
    // Mostly the same shards are lost in all stripes.
    private Optional<Known> known = Optional.empty();

    private record Known(ShardSet good, ShardSet wanted, ReedSolomon.Rebuilding rebuilding) {}

    /// Reads data shards first: with all of them there is nothing to compute.
    public StripeDecoder(ReedSolomon coder, ShardLayout layout, Source source) {
        this(coder, layout, source, IntStream.range(0, layout.code().shards()).boxed().toList());
    }

    /// @param order in which shards are read until there are enough; others are not
    public StripeDecoder(
            ReedSolomon coder, ShardLayout layout, Source source, Collection<Integer> order) {
        if (!coder.code().equals(layout.code())) {
            throw new IllegalArgumentException(
                    "coder of " + coder.code() + " for shards of " + layout.code());
        }
        this.coder = coder;
        this.layout = layout;
        this.source = source;
        this.order = List.copyOf(order);
        this.blocks =
                new byte[layout.code().shards()][layout.blockBytes() + ShardLayout.CHECK_BYTES];
    }

    /// Hands over what this stripe holds of the content.
    public Outcome read(long stripe, Content content) throws IOException {
        int length = layout.blockBytes(stripe);
        ShardSet data = ShardSet.first(layout.code().dataShards());
        ShardSet good = readEnough(stripe, ShardSet.NONE);
        Optional<ReedSolomon.Rebuilding> rebuilding = rebuilding(good, data.without(good));
        if (rebuilding.isEmpty()) {
            return new Outcome.Lost(stripe, good, layout.code().dataShards());
        }
        if (!data.without(good).equals(ShardSet.NONE)) {
            rebuilding.get().rebuild(blocks, 0, length);
        }
        int left = layout.contentBytes(stripe);
        for (int shard = 0; left > 0; shard++) {
            int count = Math.min(length, left);
            content.accept(ByteBuffer.wrap(blocks[shard], 0, count));
            left -= count;
        }
        return WHOLE;
    }

    /// Hands over all of the content, or as much of it as lies before the first stripe that is
    /// lost.
    public Outcome readAll(Content content) throws IOException {
        for (long stripe = 0; stripe < layout.stripes(); stripe++) {
            switch (read(stripe, content)) {
                case Outcome.Whole() -> {}
                case Outcome.Lost lost -> {
                    return lost;
                }
            }
        }
        return WHOLE;
    }

    /// Makes the blocks of these shards anew, without reading what is left of them.
    public Outcome rebuild(long stripe, ShardSet lost, StripeEncoder.Sink sink) throws IOException {
        int length = layout.blockBytes(stripe);
        ShardSet good = readEnough(stripe, lost);
        Optional<ReedSolomon.Rebuilding> rebuilding = rebuilding(good, lost);
        if (rebuilding.isEmpty()) {
            return new Outcome.Lost(stripe, good, layout.code().dataShards());
        }
        rebuilding.get().rebuild(blocks, 0, length);
        for (int shard : lost.shards().toArray()) {
            check.seal(shard, stripe, blocks[shard], length);
            sink.accept(shard, ByteBuffer.wrap(blocks[shard], 0, length + ShardLayout.CHECK_BYTES));
        }
        return WHOLE;
    }

    private Optional<ReedSolomon.Rebuilding> rebuilding(ShardSet good, ShardSet wanted) {
        if (known.filter(last -> last.good().equals(good) && last.wanted().equals(wanted))
                .isEmpty()) {
            known =
                    coder.rebuilding(good, wanted)
                            .map(rebuilding -> new Known(good, wanted, rebuilding));
        }
        return known.map(Known::rebuilding);
    }

    private ShardSet readEnough(long stripe, ShardSet excluded) throws IOException {
        ShardSet good = ShardSet.NONE;
        for (int shard : order) {
            if (good.count() == layout.code().dataShards()) {
                break;
            }
            if (!excluded.contains(shard) && isGood(shard, stripe)) {
                good = good.with(shard);
            }
        }
        return good;
    }

    private boolean isGood(int shard, long stripe) throws IOException {
        int length = layout.blockBytes(stripe);
        ByteBuffer into = ByteBuffer.wrap(blocks[shard], 0, length + ShardLayout.CHECK_BYTES);
        return source.read(shard, layout.position(stripe), into)
                && !into.hasRemaining()
                && check.holds(shard, stripe, blocks[shard], length);
    }
}
