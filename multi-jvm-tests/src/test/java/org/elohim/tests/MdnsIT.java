package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Nodes on machines of their own in one local network, which are told nothing of each other. Uses
/// unshare, nsenter and ip.
@Tag("tools")
class MdnsIT {
    /// A bridge, and a network namespace beside it for each node. The bridge passes all multicast
    /// on, as a plain switch does.
    private static final String HOUSES =
            """
            set -eu
            scratch=$1; shift
            ip link set lo up
            ip link add name home type bridge mcast_snooping 0
            ip link set home up
            n=0
            for house in attic cellar stranger; do
              n=$((n + 1))
              unshare --net sleep 600 &
              pid=$!
              while [ "$(readlink /proc/$pid/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.02; done
              ip link add name line$n type veth peer name eth0 netns $pid
              ip link set line$n master home up
              inside="nsenter --target $pid --net"
              $inside ip link set lo up
              $inside ip address add 192.168.77.$n/24 dev eth0
              $inside ip link set eth0 up
              key=$OURS
              [ $house != stranger ] || key=$THEIRS
              ELOHIM_CLUSTER_KEY=$key $inside "$@" --data-dir "$scratch/$house" --http-port 0 \
                >"$scratch/$house.out" 2>&1 &
            done
            wait
            """;

    private static final String OURS = "a family key of ours";
    private static final String THEIRS = "a family key of theirs";
    private static final Pattern NODE = Pattern.compile("node +(12D3\\w+)");

    @TempDir Path scratch;

    @Test
    void twoNodesOfAFamilyFindEachOtherInALocalNetworkAndNobodyElse() throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "unshare",
                                "--map-root-user",
                                "--net",
                                "--mount",
                                "sh",
                                "-c",
                                HOUSES,
                                "sh",
                                scratch.toString()));
        command.addAll(NodeProcess.command());
        try (var _ = NodeProcess.start(scratch, Map.of("OURS", OURS, "THEIRS", THEIRS), command)) {
            NodeProcess.await(
                    "all to be ready",
                    () ->
                            output("attic").contains("is ready")
                                    && output("cellar").contains("is ready")
                                    && output("stranger").contains("is ready"));
            String attic = NodeAndDevices.first(NODE, output("attic"));
            String cellar = NodeAndDevices.first(NODE, output("cellar"));
            NodeProcess.await(
                    "the two to find each other",
                    () ->
                            log("attic").contains("connected with " + cellar)
                                    && log("cellar").contains("connected with " + attic));
            assertFalse(log("stranger").contains("connected with"), log("stranger"));
            assertTrue(log("attic").lines().noneMatch(line -> line.contains(OURS)));
        }
    }

    private String output(String house) {
        return content(scratch.resolve(house + ".out"));
    }

    private String log(String house) {
        return content(scratch.resolve(house).resolve("logs").resolve("elohim-node.log"));
    }

    private static String content(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException unreadable) {
            return "";
        }
    }
}
