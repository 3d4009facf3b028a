package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.family.FamilyKey;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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
              ELOHIM_CLUSTER_KEY=$key $inside "$@" --data-dir "$scratch/$house" \
                --listen 192.168.77.$n --http-port 8080 >"$scratch/$house.out" 2>&1 &
            done
            # One who is no family lives with the stranger.
            nsenter --target $pid --net $NEIGHBOUR 192.168.77.3 "$TAG" http://192.168.77.1:8080 \
              "$scratch/attic/admin.token" "$scratch/listen" "$scratch/enough" "$scratch/quiet" \
              >"$scratch/neighbour.out" 2>&1 &
            wait
            """;

    private static final String OURS = "a family key of ours";
    private static final String THEIRS = "a family key of theirs";
    // As MdnsSegment has it.
    private static final long NAMES_MAX = 2_000;
    // Far below the number of packets.
    private static final long LINES_MAX = 300;
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
        Map<String, String> environment =
                Map.of(
                        "OURS",
                        OURS,
                        "THEIRS",
                        THEIRS,
                        "TAG",
                        FamilyKey.of(OURS).tag(),
                        "NEIGHBOUR",
                        neighbour());
        try (var _ = NodeProcess.start(scratch, environment, command)) {
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
            theyAnnounceOneCluster();
            noiseIsBounded();
        }
    }

    /// Each began one of its own, perhaps; in the end both tell the same, as others hear it.
    private void theyAnnounceOneCluster() throws IOException {
        Files.createFile(scratch.resolve("listen"));
        NodeProcess.await(
                "both to announce the same cluster",
                () -> {
                    Set<String> attic = announced("192.168.77.1");
                    attic.retainAll(announced("192.168.77.2"));
                    return !attic.isEmpty();
                });
    }

    private Set<String> announced(String address) {
        String before = "cluster " + address + " ";
        return output("neighbour")
                .lines()
                .filter(line -> line.startsWith(before))
                .map(line -> line.substring(before.length()))
                .collect(Collectors.toCollection(HashSet::new));
    }

    /// Of the rubbish a few lines, of the flood one; the rest is counted, up to the bound.
    private void noiseIsBounded() throws IOException {
        // Where the two had begun apart, they were, for a moment.
        long apart = lines("no longer connected with");
        Files.createFile(scratch.resolve("enough"));
        NodeProcess.await("the rubbish", () -> told("rubbish").isPresent());
        NodeProcess.await(
                "the attic to leave the network alone",
                () -> log("attic").contains("is flooded with announcements"));
        Files.createFile(scratch.resolve("quiet"));
        NodeProcess.await("what it counted", () -> told("flood").isPresent());
        String told = told("flood").orElseThrow();
        assertTrue(count(told, "garbage") <= NAMES_MAX, told);
        assertTrue(count(told, "foreign") <= NAMES_MAX, told);
        long lines = log("attic").lines().count();
        assertTrue(lines < LINES_MAX, lines + " lines: " + log("attic"));
        assertEquals(1, lines("is flooded"));
        assertEquals(apart, lines("no longer connected with"));
    }

    private long lines(String with) {
        return log("attic").lines().filter(line -> line.contains(with)).count();
    }

    /// The last of it.
    private Optional<String> told(String what) {
        return output("neighbour")
                .lines()
                .filter(line -> line.startsWith(what + " "))
                .reduce((_, later) -> later);
    }

    private static long count(String counters, String what) {
        return Long.parseLong(
                NodeAndDevices.first(
                        Pattern.compile("\"announcements_" + what + "\":(\\d+)"), counters));
    }

    private static String neighbour() {
        return String.join(
                " ",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LoudNeighbour.class.getName());
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
