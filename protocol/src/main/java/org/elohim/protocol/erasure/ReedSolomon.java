package org.elohim.protocol.erasure;

import java.util.Optional;

/// Makes parity shards, and what is lost from those that are left; byte for byte what
/// JavaReedSolomon makes.
///
/// Invariants: one instance belongs to one thread at a time, since its loop has room for its work.
public final class ReedSolomon {
    private final ErasureCode code;
    private final GaloisMatrix matrix;
    private final int[][] parityRows;
    private final CodingLoop loop;

    public ReedSolomon(ErasureCode code) {
        this(code, CodingKernel.PLAIN);
    }

    public ReedSolomon(ErasureCode code, CodingKernel kernel) {
        this(code, kernel.loop());
    }

    ReedSolomon(ErasureCode code, CodingLoop loop) {
        this.code = code;
        this.matrix = code.matrix();
        this.parityRows = new int[code.parityShards()][];
        for (int i = 0; i < parityRows.length; i++) {
            parityRows[i] = matrix.row(code.dataShards() + i);
        }
        this.loop = loop;
    }

    public ErasureCode code() {
        return code;
    }

    /// Fills the parity shards, which stand behind the data shards.
    public void encode(byte[][] shards, int offset, int length) {
        check(shards, offset, length);
        byte[][] inputs = new byte[code.dataShards()][];
        byte[][] outputs = new byte[code.parityShards()][];
        System.arraycopy(shards, 0, inputs, 0, inputs.length);
        System.arraycopy(shards, inputs.length, outputs, 0, outputs.length);
        loop.code(parityRows, inputs, outputs, offset, length);
    }

    /// How to get the `wanted` shards out of those that are `present`: nothing where too few are.
    public Optional<Rebuilding> rebuilding(ShardSet present, ShardSet wanted) {
        int[] sources = present.shards().limit(code.dataShards()).toArray();
        if (sources.length < code.dataShards()) {
            return Optional.empty();
        }
        GaloisMatrix decoding =
                matrix.withRows(sources)
                        .inverse()
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "any rows of the matrix are independent"));
        int[] targets = wanted.shards().toArray();
        int[][] rows = new int[targets.length][];
        if (targets.length > 0) {
            GaloisMatrix product = matrix.withRows(targets).times(decoding);
            for (int i = 0; i < targets.length; i++) {
                rows[i] = product.row(i);
            }
        }
        return Optional.of(new Rebuilding(sources, targets, rows));
    }

    private void check(byte[][] shards, int offset, int length) {
        if (shards.length != code.shards()) {
            throw new IllegalArgumentException(
                    "shards=" + shards.length + " instead of " + code.shards());
        }
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("offset=" + offset + " length=" + length);
        }
    }

    /// What has to be multiplied where certain shards are lost; to be used for all their blocks.
    public final class Rebuilding {
        private final int[] sources;
        private final int[] targets;
        private final int[][] rows;

        private Rebuilding(int[] sources, int[] targets, int[][] rows) {
            this.sources = sources;
            this.targets = targets;
            this.rows = rows;
        }

        /// The shards that are read: as few as are needed.
        public ShardSet sources() {
            return ShardSet.of(sources);
        }

        int[] row(int index) {
            return rows[index].clone();
        }

        /// Fills the wanted shards.
        public void rebuild(byte[][] shards, int offset, int length) {
            check(shards, offset, length);
            byte[][] inputs = new byte[sources.length][];
            for (int i = 0; i < sources.length; i++) {
                inputs[i] = shards[sources[i]];
            }
            byte[][] outputs = new byte[targets.length][];
            for (int i = 0; i < targets.length; i++) {
                outputs[i] = shards[targets[i]];
            }
            loop.code(rows, inputs, outputs, offset, length);
        }
    }
}
