package org.elohim.protocol.erasure;

/// How many shards a content is cut into and how many are added: any `dataShards` of all of them
/// rebuild it.
public record ErasureCode(int dataShards, int parityShards) {
    /// Bounded by the bits of a [ShardSet], far below what the field allows.
    public static final int SHARDS_MAX = 32;

    /// What shards of a family are coded with: three holders may be lost.
    public static final ErasureCode FOUR_AND_THREE = new ErasureCode(4, 3);

    /// Names field, matrix and order of shards in what is stored: whoever reads shards of another
    /// matrix gets nonsense.
    public static final String MATRIX = "bb-vandermonde-0x11D";

    public ErasureCode {
        if (dataShards < 1 || parityShards < 0 || dataShards + parityShards > SHARDS_MAX) {
            throw new IllegalArgumentException(
                    "data shards=" + dataShards + " parity shards=" + parityShards);
        }
    }

    public int shards() {
        return dataShards + parityShards;
    }

    /// One row for each shard; those of the data shards are the unit matrix, so they hold the
    /// content as it is.
    GaloisMatrix matrix() {
        GaloisMatrix vandermonde = GaloisMatrix.vandermonde(shards(), dataShards);
        int[] top = new int[dataShards];
        for (int row = 0; row < dataShards; row++) {
            top[row] = row;
        }
        return vandermonde.times(
                vandermonde
                        .withRows(top)
                        .inverse()
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "a Vandermonde matrix is regular")));
    }
}
