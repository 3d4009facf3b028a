package org.elohim.protocol.erasure;

import java.util.Arrays;
import java.util.Optional;

/// A matrix over GF(2^8).
///
/// Invariants: never changes; all rows are equally long.
final class GaloisMatrix {
    private final int[][] rows;

    private GaloisMatrix(int[][] rows) {
        this.rows = rows;
    }

    static GaloisMatrix of(int[][] rows) {
        return new GaloisMatrix(Arrays.stream(rows).map(int[]::clone).toArray(int[][]::new));
    }

    /// Row r, column c holds r to the power of c: any as many rows as there are columns are
    /// independent.
    static GaloisMatrix vandermonde(int height, int width) {
        int[][] rows = new int[height][width];
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                rows[row][column] = GaloisField.power(row, column);
            }
        }
        return new GaloisMatrix(rows);
    }

    int height() {
        return rows.length;
    }

    int width() {
        return rows[0].length;
    }

    int[] row(int index) {
        return rows[index].clone();
    }

    GaloisMatrix withRows(int... wanted) {
        return of(Arrays.stream(wanted).mapToObj(index -> rows[index]).toArray(int[][]::new));
    }

    GaloisMatrix times(GaloisMatrix right) {
        if (width() != right.height()) {
            throw new IllegalArgumentException(
                    "width=" + width() + " times height=" + right.height());
        }
        int[][] product = new int[height()][right.width()];
        for (int row = 0; row < height(); row++) {
            for (int column = 0; column < right.width(); column++) {
                int sum = 0;
                for (int i = 0; i < width(); i++) {
                    sum ^= GaloisField.times(rows[row][i], right.rows[i][column]);
                }
                product[row][column] = sum;
            }
        }
        return new GaloisMatrix(product);
    }

    /// Nothing where its rows depend on each other.
    Optional<GaloisMatrix> inverse() {
        int size = height();
        if (width() != size) {
            throw new IllegalArgumentException("height=" + size + " width=" + width());
        }
        // Gauss and Jordan, with the unit matrix at the right side.
        int[][] work = new int[size][2 * size];
        for (int row = 0; row < size; row++) {
            System.arraycopy(rows[row], 0, work[row], 0, size);
            work[row][size + row] = 1;
        }
        for (int column = 0; column < size; column++) {
            int pivot = column;
            while (pivot < size && work[pivot][column] == 0) {
                pivot++;
            }
            if (pivot == size) {
                return Optional.empty();
            }
            int[] chosen = work[pivot];
            work[pivot] = work[column];
            work[column] = chosen;
            eliminate(work, column);
        }
        int[][] inverse = new int[size][];
        for (int row = 0; row < size; row++) {
            inverse[row] = Arrays.copyOfRange(work[row], size, 2 * size);
        }
        return Optional.of(new GaloisMatrix(inverse));
    }

    private static void eliminate(int[][] work, int column) {
        int[] chosen = work[column];
        int divisor = chosen[column];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = GaloisField.over(chosen[i], divisor);
        }
        for (int row = 0; row < work.length; row++) {
            int factor = work[row][column];
            if (row == column || factor == 0) {
                continue;
            }
            for (int i = 0; i < chosen.length; i++) {
                work[row][i] ^= GaloisField.times(factor, chosen[i]);
            }
        }
    }

    @Override
    public String toString() {
        return Arrays.deepToString(rows);
    }
}
