package org.elohim.node.config;

import org.elohim.protocol.family.NodeRole;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Brings flags, environment, file and defaults together, in this order of strength.
///
/// Invariants: every problem of every source is reported at once; the result is the same for the
/// same input; apart from reading the file nothing outside is touched.
public final class ConfigLoader {
    // More than anyone reads; a file that is no configuration at all would give thousands.
    private static final int LINES_MAX = 100;

    private final Arguments arguments;
    private final Path home;
    private final Path workingDirectory;
    private final Settings settings = new Settings();
    private final List<String> problems = new ArrayList<>();

    private ConfigLoader(Arguments arguments, Path home, Path workingDirectory) {
        this.arguments = arguments;
        this.home = home;
        this.workingDirectory = workingDirectory;
    }

    /// The configuration, or all that is wrong with it.
    ///
    /// Without `--config` no file is read: a node must not behave differently for the directory
    /// that somebody happened to start it from.
    public static Loaded load(
            Arguments arguments,
            Map<String, String> environment,
            Path home,
            Path workingDirectory) {
        if (arguments.help()) {
            return new Loaded.Help(Arguments.usage());
        }
        return new ConfigLoader(arguments, home, workingDirectory).load(environment);
    }

    private Loaded load(Map<String, String> environment) {
        problems.addAll(arguments.problems());
        readFlags();
        problems.addAll(EnvironmentVariables.read(environment, settings));
        readFile();
        readP2pPort();
        settings.find(ConfigKeys.DATA_DIR).ifPresent(this::resolveDataDir);
        checkTogether();
        if (!problems.isEmpty()) {
            return new Loaded.Wrong(bounded(problems));
        }
        EffectiveConfig effective = settings.effective();
        return arguments.printConfig()
                ? new Loaded.Printed(effective.text())
                : new Loaded.Config(
                        config(),
                        effective,
                        Optional.ofNullable(arguments.values().get(Arguments.Flag.JOIN)));
    }

    private void readFlags() {
        readFlag(Arguments.Flag.DATA_DIR, ConfigKeys.DATA_DIR);
        readFlag(Arguments.Flag.HTTP_PORT, ConfigKeys.HTTP_PORT);
        readFlag(Arguments.Flag.GRPC_PORT, ConfigKeys.GRPC_PORT);
        readFlag(Arguments.Flag.LISTEN, ConfigKeys.LISTEN);
    }

    private void readFlag(Arguments.Flag flag, Key<?> key) {
        String value = arguments.values().get(flag);
        if (value != null) {
            settings.offer(key, new Origin.Flag(flag.toString()), value).ifPresent(problems::add);
        }
    }

    private void readFile() {
        String name = arguments.values().get(Arguments.Flag.CONFIG);
        if (name == null) {
            return;
        }
        String blame = "flag --config " + TomlText.shown(name);
        Path path;
        try {
            path = resolve(Path.of(name));
        } catch (InvalidPathException _) {
            problems.add(blame + ": no name of a file");
            return;
        }
        switch (ConfigFile.read(path)) {
            case ConfigFile.Content(var text) ->
                    problems.addAll(TomlSettings.read(name, text, settings));
            case ConfigFile.Missing _ -> problems.add(blame + ": no such file");
            case ConfigFile.Unusable(var line, var reason) when line == 0 ->
                    problems.add(blame + ": " + reason);
            case ConfigFile.Unusable(var line, var reason) ->
                    problems.add(TomlText.shown(name) + ":" + line + ": " + reason);
        }
    }

    /// `--p2p-port` is no key: it changes the port of the addresses, wherever those came from.
    private void readP2pPort() {
        String value = arguments.values().get(Arguments.Flag.P2P_PORT);
        if (value == null) {
            return;
        }
        int port;
        try {
            port = ConfigKeys.HTTP_PORT.type().ofText().apply(value);
        } catch (IllegalArgumentException wrong) {
            problems.add(
                    "flag --p2p-port "
                            + TomlText.shown(value)
                            + ": p2p.listen_addrs: "
                            + wrong.getMessage()
                            + "; allowed: "
                            + ConfigKeys.HTTP_PORT.allowed());
            return;
        }
        var addresses =
                settings.get(ConfigKeys.LISTEN_ADDRS).stream()
                        .map(address -> address.withPort(port))
                        .distinct()
                        .toList();
        if (addresses.isEmpty()) {
            problems.add("flag --p2p-port " + port + ": p2p.listen_addrs has no address to change");
        }
        settings.replace(ConfigKeys.LISTEN_ADDRS, addresses, new Origin.Flag("--p2p-port"));
    }

    private void resolveDataDir(Setting<Path> dataDir) {
        Path path = dataDir.value();
        // A user without an entry in the password file has the home directory "?".
        if (path.startsWith("~") && !home.isAbsolute()) {
            problems.add(
                    dataDir.origin().blame(dataDir.key(), dataDir.toml())
                            + ": this user has no home directory; write the whole path");
            return;
        }
        settings.replace(ConfigKeys.DATA_DIR, resolve(path), dataDir.origin());
    }

    private Path resolve(Path path) {
        return path.startsWith("~")
                ? home.resolve(Path.of("~").relativize(path)).normalize()
                : workingDirectory.resolve(path).normalize();
    }

    private void checkTogether() {
        if (settings.areMeant(ConfigKeys.MAX_CUSTODY_GB, ConfigKeys.MAX_CAPACITY)) {
            checkCustody();
        }
        if (settings.areMeant(ConfigKeys.HTTP_PORT, ConfigKeys.GRPC_PORT)) {
            checkPorts();
        }
        if (settings.areMeant(ConfigKeys.NODE_ROLE, ConfigKeys.CLUSTER_OBSERVE)) {
            checkPart();
        }
    }

    private void checkPart() {
        boolean observer = settings.get(ConfigKeys.NODE_ROLE) == NodeRole.OBSERVER;
        boolean part = !settings.get(ConfigKeys.CLUSTER_OBSERVE).isEmpty();
        if (observer && !part) {
            problems.add(
                    "node.role is observer ("
                            + origin(ConfigKeys.NODE_ROLE)
                            + "), but cluster.observe names nothing to hold; for example"
                            + " [\"reach:commons\"]");
        } else if (part && !observer) {
            problems.add(
                    "cluster.observe ("
                            + origin(ConfigKeys.CLUSTER_OBSERVE)
                            + ") is for observers only, and node.role is full, which holds"
                            + " everything");
        }
    }

    private void checkCustody() {
        settings.find(ConfigKeys.MAX_CUSTODY_GB)
                .filter(
                        custody ->
                                custody.value().compareTo(settings.get(ConfigKeys.MAX_CAPACITY))
                                        > 0)
                .ifPresent(
                        custody ->
                                problems.add(
                                        custody.origin().blame(custody.key(), custody.toml())
                                                + ": more than storage.max_capacity, which is "
                                                + settings.get(ConfigKeys.MAX_CAPACITY)));
    }

    private void checkPorts() {
        int httpPort = settings.get(ConfigKeys.HTTP_PORT);
        if (httpPort != 0 && httpPort == settings.get(ConfigKeys.GRPC_PORT)) {
            problems.add(
                    "api.http_port and api.grpc_port are both "
                            + httpPort
                            + " ("
                            + origin(ConfigKeys.HTTP_PORT)
                            + "; "
                            + origin(ConfigKeys.GRPC_PORT)
                            + "): each needs a port of its own");
        }
    }

    private String origin(Key<?> key) {
        return settings.find(key).map(setting -> setting.origin().text()).orElse("not set");
    }

    private static List<String> bounded(List<String> lines) {
        if (lines.size() <= LINES_MAX) {
            return lines;
        }
        var bounded = new ArrayList<>(lines.subList(0, LINES_MAX));
        bounded.add("… and " + (lines.size() - LINES_MAX) + " more");
        return bounded;
    }

    private NodeConfig config() {
        return new NodeConfig(
                new NodeConfig.Node(
                        settings.getOrNull(ConfigKeys.NODE_ID),
                        settings.get(ConfigKeys.DATA_DIR),
                        settings.get(ConfigKeys.CLUSTER_NAME),
                        settings.get(ConfigKeys.NODE_ROLE)),
                new NodeConfig.Sync(
                        settings.get(ConfigKeys.MAX_DOCUMENT_SIZE),
                        settings.get(ConfigKeys.SYNC_INTERVAL_MS),
                        settings.get(ConfigKeys.DURABLE_NODES),
                        settings.get(ConfigKeys.CLIENTS_PER_ADDRESS)),
                new NodeConfig.Cluster(
                        settings.get(ConfigKeys.MDNS_ENABLED),
                        settings.get(ConfigKeys.CLUSTER_LISTEN),
                        settings.get(ConfigKeys.CLUSTER_PORT),
                        settings.get(ConfigKeys.MEMBERS_PORT),
                        settings.get(ConfigKeys.BLOBS_PORT),
                        settings.getOrNull(ConfigKeys.ADVERTISE),
                        settings.get(ConfigKeys.CLUSTER_ADDRESSES),
                        settings.get(ConfigKeys.LOST_AFTER),
                        settings.get(ConfigKeys.CLUSTER_OBSERVE),
                        settings.getOrNull(ConfigKeys.CLUSTER_KEY),
                        origin(ConfigKeys.CLUSTER_KEY)),
                new NodeConfig.P2p(
                        settings.get(ConfigKeys.LISTEN_ADDRS),
                        settings.get(ConfigKeys.BOOTSTRAP_NODES)),
                new NodeConfig.Storage(
                        settings.get(ConfigKeys.MAX_CAPACITY),
                        settings.getOrNull(ConfigKeys.MEMORY_CACHE),
                        settings.get(ConfigKeys.SHARD_REDUNDANCY),
                        settings.get(ConfigKeys.SCRUB_RATE),
                        settings.get(ConfigKeys.SCRUB_DAYS),
                        settings.get(ConfigKeys.FULL_SCRUB_DAYS),
                        settings.getOrNull(ConfigKeys.SEND_RATE),
                        settings.getOrNull(ConfigKeys.FAILURE_DOMAIN)),
                new NodeConfig.Api(
                        settings.get(ConfigKeys.LISTEN),
                        settings.get(ConfigKeys.HTTP_PORT),
                        settings.get(ConfigKeys.GRPC_PORT)),
                new NodeConfig.Registry(
                        settings.getOrNull(ConfigKeys.AGENT_PUB_KEY),
                        settings.getOrNull(ConfigKeys.DISPLAY_NAME),
                        settings.get(ConfigKeys.REGION),
                        settings.getOrNull(ConfigKeys.LOCATION),
                        settings.get(ConfigKeys.STEWARD_TIER),
                        settings.get(ConfigKeys.CUSTODIAN_OPT_IN),
                        settings.getOrNull(ConfigKeys.MAX_CUSTODY_GB),
                        settings.getOrNull(ConfigKeys.MAX_BANDWIDTH_MBPS),
                        settings.get(ConfigKeys.MAX_CPU_PERCENT)));
    }
}
