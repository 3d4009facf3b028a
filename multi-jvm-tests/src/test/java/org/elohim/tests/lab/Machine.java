package org.elohim.tests.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A machine of the lab: an address on its network, and file systems of its own.
///
/// Invariants: what was done to its network holds whatever is started and killed in it.
public final class Machine implements AutoCloseable {
    private static final String WIRE = "eth0";
    // A bridge without a port: what is sent there goes nowhere.
    private static final String SINK = "sink";
    private static final int BURST_BYTES = 32 << 10;

    private final Space hub;
    private final Space space;
    private final int number;
    private final Set<Integer> ignored = ConcurrentHashMap.newKeySet();
    private volatile boolean plugged = true;

    private Machine(Space hub, Space space, int number) {
        this.hub = hub;
        this.space = space;
        this.number = number;
    }

    static Machine plug(Space hub, Space.Privilege privilege, int number) {
        Space space = hub.inner(privilege);
        var machine = new Machine(hub, space, number);
        hub.ip(
                """
                link add %1$s type veth peer name %2$s netns %3$d
                link set %1$s master %4$s up
                """
                        .formatted(machine.port(), WIRE, space.pid(), Lab.BRIDGE));
        space.ip(
                """
                link set lo up
                addr add %1$s/24 dev %2$s
                link set %2$s addrgenmode none up
                route add default via %3$s
                link add %4$s type bridge
                link set %4$s up
                """
                        .formatted(machine.address(), WIRE, Lab.address(Lab.HUB), SINK));
        space.run("tc", "qdisc", "add", "dev", WIRE, "clsact");
        return machine;
    }

    public String address() {
        return Lab.address(number);
    }

    int number() {
        return number;
    }

    private String port() {
        return "port" + number;
    }

    /// The command that does this on the machine, as the process that is started.
    public List<String> on(List<String> command) {
        return space.enter(command);
    }

    /// Where a path of the machine lies for everybody else.
    public Path seen(Path path) {
        return Path.of("/proc/" + space.pid() + "/root" + path);
    }

    /// From now on nothing arrives from there, and nobody is told.
    public void ignore(int other) {
        ignored.add(other);
        space.run(
                words(
                        ("tc filter add dev %s ingress pref %d protocol ip u32 match ip src %s/32"
                                        + " action mirred egress redirect dev %s")
                                .formatted(WIRE, other, Lab.address(other), SINK)));
    }

    /// What comes from there arrives again.
    public void heed(int other) {
        ignored.remove(other);
        space.run(words("tc filter del dev " + WIRE + " ingress pref " + other));
    }

    /// Pulls the cable.
    public void unplug() {
        plugged = false;
        hub.ip("link set %s down\n".formatted(port()));
    }

    public void plugIn() {
        plugged = true;
        hub.ip("link set %s up\n".formatted(port()));
    }

    boolean hears(Machine other) {
        return plugged && other.plugged && !ignored.contains(other.number);
    }

    /// These addresses are this machine's own as well from now on, for itself alone.
    void standFor(List<String> addresses) {
        // On the wire it goes on answering for its own alone.
        space.run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore");
        addresses.forEach(each -> space.ip("addr add " + each + "/32 dev lo\n"));
    }

    /// So much in each direction, from now on.
    public void limit(int kilobitPerSecond) {
        String limit =
                " root tbf rate %dkbit burst %d latency 400ms"
                        .formatted(kilobitPerSecond, BURST_BYTES);
        space.run(words("tc qdisc replace dev " + WIRE + limit));
        hub.run(words("tc qdisc replace dev " + port() + limit));
    }

    public void unlimited() {
        space.run(words("tc qdisc del dev " + WIRE + " root"));
        hub.run(words("tc qdisc del dev " + port() + " root"));
    }

    /// A disk of a fixed size, seen by this machine alone.
    public void mount(Path at, int megabytes) {
        space.run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", at.toString());
    }

    /// How much has come in over its wire so far.
    public long receivedBytes() throws IOException {
        Path counters = Path.of("/proc/" + space.pid() + "/net/dev");
        return Files.readAllLines(counters).stream()
                .map(line -> line.strip().split("[: ]+", -1))
                .filter(words -> words[0].equals(WIRE))
                .mapToLong(words -> Long.parseLong(words[1]))
                .sum();
    }

    Space space() {
        return space;
    }

    private static String[] words(String command) {
        return command.split(" ", -1);
    }

    @Override
    public void close() {
        space.close();
    }
}
