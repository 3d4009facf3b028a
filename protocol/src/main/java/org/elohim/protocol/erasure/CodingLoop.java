package org.elohim.protocol.erasure;

/// Multiplies a matrix with columns of bytes: the one step that coding and rebuilding consist of.
///
/// All implementations give the same bytes. One may keep room for its work in itself, so each
/// instance belongs to one thread at a time.
interface CodingLoop {
    /// Fills `outputs[r]` from `offset` on, `length` bytes, with the sum over i of `rows[r][i]`
    /// times `inputs[i]`. No output may be an input.
    void code(int[][] rows, byte[][] inputs, byte[][] outputs, int offset, int length);
}
