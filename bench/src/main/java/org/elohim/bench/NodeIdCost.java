package org.elohim.bench;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/// What the text form of a node id costs. The limit is the same bytes as hexadecimal text, which
/// needs no division.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NodeIdCost {
    private final NodeId id = new NodeId(Bytes.parseHex("1ed1e8fae2c4a144".repeat(4)));
    private final String text = id.toString();
    private final String hex = id.publicKey().toHex();

    @Benchmark
    public NodeId parse() {
        return NodeId.parse(text);
    }

    @Benchmark
    public String print() {
        return id.toString();
    }

    @Benchmark
    public Bytes parseHexLimit() {
        return Bytes.parseHex(hex);
    }

    @Benchmark
    public String printHexLimit() {
        return id.publicKey().toHex();
    }
}
