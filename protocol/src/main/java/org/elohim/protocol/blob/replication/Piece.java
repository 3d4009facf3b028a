package org.elohim.protocol.blob.replication;

import org.elohim.protocol.erasure.ErasureCode;

/// What a node can hold of a blob: all of it, or one of its shards.
public record Piece(int number) implements Comparable<Piece> {
    private static final int ALL = -1;

    public static final Piece WHOLE = new Piece(ALL);

    public Piece {
        if (number < ALL || number >= ErasureCode.SHARDS_MAX) {
            throw new IllegalArgumentException("piece=" + number);
        }
    }

    public static Piece shard(int number) {
        if (number == ALL) {
            throw new IllegalArgumentException("shard=" + number);
        }
        return new Piece(number);
    }

    public boolean isWhole() {
        return number == ALL;
    }

    @Override
    public int compareTo(Piece other) {
        return Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return isWhole() ? "whole" : "shard " + number;
    }
}
