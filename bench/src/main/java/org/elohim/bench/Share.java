package org.elohim.bench;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/// How much of one core node and generator took, in percent.
final class Share {
    private final NodeUnderLoad node;
    private final Duration nodeBefore;
    private final Duration ownBefore;

    Share(NodeUnderLoad node) {
        this.node = node;
        this.nodeBefore = node.cpu();
        this.ownBefore = own();
    }

    private static Duration own() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    Map<String, Long> parameters(double seconds, Map<String, Long> others) {
        var all = new TreeMap<>(others);
        all.put("node_cpu_percent", percent(node.cpu().minus(nodeBefore), seconds));
        all.put("generator_cpu_percent", percent(own().minus(ownBefore), seconds));
        return all;
    }

    private static long percent(Duration cpu, double seconds) {
        return Math.round(cpu.toMillis() / 10.0 / seconds);
    }
}
