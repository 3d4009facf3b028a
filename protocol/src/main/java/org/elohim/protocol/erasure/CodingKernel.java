package org.elohim.protocol.erasure;

import java.util.Arrays;
import java.util.Random;

/// The loops that there are for a processor; all give the same bytes.
public enum CodingKernel {
    /// Runs everywhere.
    PLAIN,
    /// Needs a module that Java has only where it is asked for: `--add-modules
    /// jdk.incubator.vector`.
    VECTOR;

    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    // Longer than the blocks of all loops, and no multiple of what any of them does at once.
    private static final int CHECKED_BYTES = 10_007;

    /// Whether this Java has what it needs.
    public boolean isPresent() {
        return switch (this) {
            case PLAIN -> true;
            case VECTOR -> ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
        };
    }

    /// Whether it makes what the slow loop makes that nothing can be wrong with: an instruction set
    /// that only some processors have is trusted where it was seen to be right.
    public boolean isRight() {
        var code = ErasureCode.FOUR_AND_THREE;
        byte[][] expected = new byte[code.shards()][CHECKED_BYTES];
        var random = new Random(CHECKED_BYTES);
        for (byte[] shard : expected) {
            random.nextBytes(shard);
        }
        byte[][] made = Arrays.stream(expected).map(byte[]::clone).toArray(byte[][]::new);
        new ReedSolomon(code, new TableLoop()).encode(expected, 0, CHECKED_BYTES);
        new ReedSolomon(code, loop()).encode(made, 0, CHECKED_BYTES);
        return Arrays.deepEquals(expected, made);
    }

    CodingLoop loop() {
        return switch (this) {
            case PLAIN -> new BitPlaneLoop();
            case VECTOR -> new VectorLoop();
        };
    }
}
