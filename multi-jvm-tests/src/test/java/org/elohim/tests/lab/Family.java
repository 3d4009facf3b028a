package org.elohim.tests.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Nodes with one key on the machines of a lab.
///
/// Invariants: each knows the addresses of all that may ever be there.
public final class Family implements AutoCloseable {
    private static final int DOOR_PORT = 4002;
    private static final int MEMBERS_PORT = 4003;
    private static final int BLOBS_PORT = 4004;
    private static final int FIRST_MACHINE = 2;

    private final Lab lab;
    private final Path scratch;
    private final Setup setup;
    private final List<FamilyNode> nodes = new ArrayList<>();

    /// What a family consists of.
    ///
    /// @param name what its nodes' names begin with
    /// @param key the family's
    /// @param size how many nodes there may be
    /// @param firstMachine the number of the first node's machine; the others follow
    /// @param weather between the nodes
    /// @param options of each node's Java
    /// @param environment of each node
    public record Setup(
            String name,
            String key,
            int size,
            int firstMachine,
            Weather weather,
            List<String> options,
            Map<String, String> environment) {
        public Setup {
            options = List.copyOf(options);
            environment = Map.copyOf(environment);
        }

        public static Setup of(int size) {
            return new Setup(
                    "node",
                    "a family key of nobody",
                    size,
                    FIRST_MACHINE,
                    Weather.CLEAR,
                    List.of(),
                    Map.of());
        }

        /// Another family on the same bridge.
        public Setup named(String other, String otherKey, int machine) {
            return new Setup(other, otherKey, size, machine, weather, options, environment);
        }

        public Setup weather(Weather other) {
            return new Setup(name, key, size, firstMachine, other, options, environment);
        }

        public Setup options(String... more) {
            return new Setup(name, key, size, firstMachine, weather, List.of(more), environment);
        }

        public Setup environment(Map<String, String> more) {
            return new Setup(name, key, size, firstMachine, weather, options, more);
        }
    }

    /// Machines and nodes, none of which runs yet.
    public Family(Lab lab, Path scratch, Setup setup) {
        this.lab = lab;
        this.scratch = scratch;
        this.setup = setup;
        for (int i = 0; i < setup.size(); i++) {
            nodes.add(node(i));
        }
        if (!setup.weather().equals(Weather.CLEAR)) {
            lab.detour(
                    nodes.stream().map(FamilyNode::machine).toList(),
                    List.of(DOOR_PORT, MEMBERS_PORT, BLOBS_PORT),
                    setup.weather());
        }
    }

    private FamilyNode node(int index) {
        Map<String, String> environment = new HashMap<>();
        environment.put("ELOHIM_CLUSTER_KEY", setup.key());
        environment.put("ELOHIM_CLUSTER_PORT", Integer.toString(DOOR_PORT));
        environment.put("ELOHIM_CLUSTER_MEMBERS_PORT", Integer.toString(MEMBERS_PORT));
        environment.put("ELOHIM_CLUSTER_BLOBS_PORT", Integer.toString(BLOBS_PORT));
        environment.put("ELOHIM_CLUSTER_ADDRESSES", others(index));
        environment.putAll(setup.environment());
        String name = setup.name() + (index + 1);
        return new FamilyNode(
                lab,
                lab.machine(setup.firstMachine() + index),
                name,
                scratch.resolve(name),
                new FamilyNode.Settings(setup.options(), environment));
    }

    private String others(int index) {
        List<String> others = new ArrayList<>();
        for (int i = 0; i < setup.size(); i++) {
            if (i != index) {
                others.add(Lab.address(setup.firstMachine() + i) + ":" + DOOR_PORT);
            }
        }
        return others.stream().collect(Collectors.joining(","));
    }

    public List<FamilyNode> nodes() {
        return List.copyOf(nodes);
    }

    public FamilyNode node(String name) {
        return nodes.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no node " + name));
    }

    /// Starts all, and waits until each serves its devices.
    public Family start() {
        nodes.forEach(FamilyNode::start);
        nodes.forEach(FamilyNode::awaitReady);
        return this;
    }

    /// Nothing of `from` arrives at `to` any more.
    public static void cut(FamilyNode from, FamilyNode to) {
        to.machine().ignore(from.machine().number());
    }

    public static void heal(FamilyNode from, FamilyNode to) {
        to.machine().heed(from.machine().number());
    }

    @Override
    public void close() {
        nodes.forEach(FamilyNode::close);
        nodes.forEach(each -> each.machine().close());
    }
}
