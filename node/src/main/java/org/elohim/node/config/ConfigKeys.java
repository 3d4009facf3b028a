package org.elohim.node.config;

import org.elohim.libp2p.multiformats.IpAddress;
import org.elohim.libp2p.multiformats.Multiaddr;
import org.elohim.libp2p.multiformats.Protocol;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.blob.replication.FailureDomain;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.NodeRole;
import org.elohim.protocol.id.NodeId;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// Every key there is, declared once: reading, printing and the reference file follow from here.
/// That makes the file long.
///
/// Invariants: `ALL` holds each key exactly once, in the order of the file.
final class ConfigKeys {
    /// Variables of other features that look like keys of a section.
    static final Set<String> RESERVED_VARIABLES = Set.of("ELOHIM_API_TOKEN", "ELOHIM_DEVICE_DIR");

    private static final int NAME_CHARS_MAX = 63;
    private static final int PORT_MAX = 65_535;
    private static final String PORT_ALLOWED = "0 to 65535; 0 takes any free port";
    private static final String LISTEN_ALLOWED = "an IPv4 or IPv6 address, or localhost";
    private static final String ADDRESSES_ALLOWED = "a list of at most 64 libp2p addresses";
    // What the registry accepts as the storage of one node: ten thousand terabytes.
    private static final ByteSize CAPACITY_MAX = ByteSize.parse("10000TB");
    // Blobs lie in files of one size, of which some are kept back for a full disk.
    private static final ByteSize CAPACITY_MIN = ByteSize.parse("512MB");
    private static final ByteSize CACHE_MIN = ByteSize.parse("1MB");
    private static final ByteSize CACHE_MAX = ByteSize.parse("1TB");
    private static final ByteSize RATE_MIN = ByteSize.parse("100kB");
    private static final ByteSize RATE_MAX = ByteSize.parse("10GB");
    private static final int CUSTODY_GB_MAX = 10_000_000;
    private static final long GB = 1_000_000_000L;

    static final Key<NodeId> NODE_ID =
            Key.of(
                            Section.NODE,
                            "id",
                            ValueType.text(NodeId::parse),
                            "a node id (12D3Koo…)",
                            "The id this node must have: with another key in the data directory it"
                                    + " refuses to start. Leave it out and the node takes the id"
                                    + " of its key. The registry's node id is this one too; it has"
                                    + " no key of its own.")
                    .withExample("\"12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq\"");

    static final Key<Path> DATA_DIR =
            Key.of(
                            Section.NODE,
                            "data_dir",
                            ValueType.text(ConfigKeys::parsePath),
                            "a path; ~/ is the home directory, a relative path starts at the"
                                    + " working directory",
                            "Everything the node owns lies here: keys, journal, blobs, shards and"
                                    + " logs.")
                    .withDefault(Path.of("~/.elohim-node"))
                    .withAlias("ELOHIM_DATA_DIR");

    static final Key<String> CLUSTER_NAME =
            Key.of(
                            Section.NODE,
                            "cluster_name",
                            ValueType.text(text -> name(text, NAME_CHARS_MAX)),
                            "1 to 63 printable characters",
                            "What the node calls its family when it starts. It decides nothing:"
                                    + " whoever has the family's key is family.")
                    .withDefault("my-family")
                    .withAlias("ELOHIM_CLUSTER_NAME");

    static final Key<NodeRole> NODE_ROLE =
            Key.of(
                            Section.NODE,
                            "role",
                            ValueType.text(NodeRole::parse),
                            "full or observer",
                            "A full node holds all of the family's documents and takes edits. An"
                                    + " observer holds the part that cluster.observe names, takes"
                                    + " no edits and never leads; its copies count for nothing when"
                                    + " it is asked whether an edit is safe.")
                    .withDefault(NodeRole.FULL);

    static final Key<ByteSize> MAX_DOCUMENT_SIZE =
            Key.of(
                            Section.SYNC,
                            "max_document_size",
                            ValueType.size(ByteSize.parse("10kB"), ByteSize.parse("1GB")),
                            "10kB to 1GB, as " + ByteSize.FORMS,
                            "How large a document may grow, measured compacted. Only who opens a"
                                    + " document can measure that; of its single changes the node"
                                    + " takes twice as many bytes, and "
                                    + new ByteSize(CostLimits.DEFAULT.bytesMax())
                                    + " at least.")
                    .withDefault(ByteSize.parse("10MB"));

    static final Key<Integer> SYNC_INTERVAL_MS =
            Key.of(
                            Section.SYNC,
                            "sync_interval_ms",
                            ValueType.millis(10, 3_600_000),
                            "10 to 3600000 milliseconds, or a duration such as \"1s\" or \"5m\"",
                            "How often it is written down how far each relationship has come."
                                    + " Live changes travel at once and do not wait for it. After"
                                    + " a crash what came since is sent once more, and known again:"
                                    + " a longer interval spares the disk, a shorter one the"
                                    + " network.")
                    .withDefault(1000);

    static final Key<Integer> DURABLE_NODES =
            Key.of(
                            Section.SYNC,
                            "durable_nodes",
                            ValueType.whole(1, 16),
                            "1 to 16",
                            "How many other full nodes of the family must hold an edit before"
                                    + " devices are told that it is durable. A node that is alone"
                                    + " never says so.")
                    .withDefault(1);

    static final Key<Integer> CLIENTS_PER_ADDRESS =
            Key.of(
                            Section.SYNC,
                            "client_connections_per_address",
                            ValueType.whole(1, 100_000),
                            "1 to 100000",
                            "How many connections at /automerge and /ws one address may have"
                                    + " at a time; each tab of a browser is one. Behind a reverse"
                                    + " proxy all clients have the proxy's address.")
                    .withDefault(100);

    static final Key<Boolean> MDNS_ENABLED =
            Key.of(
                            Section.CLUSTER,
                            "mdns_enabled",
                            ValueType.truth(),
                            "true or false",
                            "Whether nodes of the family find each other in the local network,"
                                    + " by multicast DNS. What is told there tells neither the"
                                    + " family's name nor its key.")
                    .withDefault(true);

    static final Key<IpAddress> CLUSTER_LISTEN =
            Key.of(
                            Section.CLUSTER,
                            "listen",
                            ValueType.text(ConfigKeys::parseListen),
                            LISTEN_ALLOWED,
                            "The address at which the family's other nodes reach this one. Nothing"
                                    + " listens there without a cluster_key, and whoever lacks that"
                                    + " comes no further than the handshake.")
                    .withDefault(IpAddress.parse("0.0.0.0"));

    static final Key<Integer> CLUSTER_PORT =
            Key.of(
                            Section.CLUSTER,
                            "port",
                            ValueType.whole(0, PORT_MAX),
                            PORT_ALLOWED,
                            "The port beside it.")
                    .withDefault(4002);

    static final Key<Integer> MEMBERS_PORT =
            Key.of(
                            Section.CLUSTER,
                            "members_port",
                            ValueType.whole(0, PORT_MAX),
                            PORT_ALLOWED,
                            "One more port beside it, at which the nodes' actors speak with each"
                                    + " other: who is there, who leads. The nodes tell each other"
                                    + " which it is.")
                    .withDefault(4003);

    static final Key<Integer> BLOBS_PORT =
            Key.of(
                            Section.CLUSTER,
                            "blobs_port",
                            ValueType.whole(0, PORT_MAX),
                            PORT_ALLOWED,
                            "One more port beside it, at which blobs go from node to node. The"
                                    + " nodes tell each other which it is.")
                    .withDefault(4004);

    static final Key<IpAddress> ADVERTISE =
            Key.of(
                            Section.CLUSTER,
                            "advertise",
                            ValueType.text(ConfigKeys::parseListen),
                            LISTEN_ALLOWED,
                            "The address that this node tells the others to be its own. Left out,"
                                    + " it is the one it listens on, or where that stands for all,"
                                    + " the first of this machine that others can reach.")
                    .withExample("\"192.168.1.20\"");

    static final Key<List<Address>> CLUSTER_ADDRESSES =
            Key.of(
                            Section.CLUSTER,
                            "addresses",
                            ValueType.list(Address::parse),
                            "a list of at most 64 HOST:PORT; an IPv6 address stands in brackets",
                            "Where to look for the family's other nodes, beside the places where"
                                    + " they were met before. One address between two nodes is"
                                    + " enough.")
                    .withDefault(List.of());

    static final Key<Integer> LOST_AFTER =
            Key.of(
                            Section.CLUSTER,
                            "lost_after",
                            ValueType.millis(1_000, 86_400_000),
                            "1000 to 86400000 milliseconds, or a duration such as \"10m\" or"
                                    + " \"1h\"",
                            "How long a node may be out of reach before the others give it up."
                                    + " Where a new node waits to join, 15 s at most. Who was given"
                                    + " up and comes back is taken in again, and nothing is lost:"
                                    + " its actors begin anew, which takes its devices a few"
                                    + " seconds.")
                    .withDefault(600_000);

    static final Key<List<Part>> CLUSTER_OBSERVE =
            Key.of(
                            Section.CLUSTER,
                            "observe",
                            ValueType.list(Part::parse),
                            "a list of at most 64 of document:ID and reach:REACH",
                            "What an observer holds: single documents, or all of a reach and of"
                                    + " every wider one. Only together with node.role ="
                                    + " \"observer\".")
                    .withDefault(List.of());

    static final Key<Secret> CLUSTER_KEY =
            Key.of(
                            Section.CLUSTER,
                            "cluster_key",
                            ValueType.text(ConfigKeys::parseClusterKey)
                                    .map(Secret::of, Secret::reveal),
                            "16 to 1024 printable characters, no blank at either end",
                            "The family's shared secret, the same on every node; who has it is"
                                + " family. Without it the node uses the key that it made or was"
                                + " given by ./elohim family create or --join, and without that"
                                + " stays alone. Make one with: openssl rand -hex 32. In a file,"
                                + " let only the node's user read that file.")
                    .withAlias("ELOHIM_CLUSTER_KEY")
                    .asSecret();

    static final Key<List<Multiaddr>> LISTEN_ADDRS =
            Key.of(
                            Section.P2P,
                            "listen_addrs",
                            ValueType.list(ConfigKeys::parseListenAddress),
                            ADDRESSES_ALLOWED + " that start with /ip4 or /ip6 and a port",
                            "Where other families' nodes reach this one. Port 0 takes any free"
                                    + " port; an empty list only dials out.")
                    .withDefault(
                            List.of(
                                    Multiaddr.parse("/ip4/0.0.0.0/tcp/4001"),
                                    Multiaddr.parse("/ip4/0.0.0.0/udp/4001/quic-v1")));

    static final Key<List<Multiaddr>> BOOTSTRAP_NODES =
            Key.of(
                            Section.P2P,
                            "bootstrap_nodes",
                            ValueType.list(Multiaddr::parse),
                            ADDRESSES_ALLOWED,
                            "Nodes to ask first. End each with /p2p/ and its peer id, so that"
                                    + " nobody else can answer in its place.")
                    .withDefault(List.of());

    static final Key<ByteSize> MAX_CAPACITY =
            Key.of(
                            Section.STORAGE,
                            "max_capacity",
                            ValueType.size(CAPACITY_MIN, CAPACITY_MAX),
                            "512MB to 10000TB, as " + ByteSize.FORMS,
                            "How much of the disk blobs and shards may take.")
                    .withDefault(ByteSize.parse("500GB"));

    static final Key<ByteSize> MEMORY_CACHE =
            Key.of(
                            Section.STORAGE,
                            "memory_cache",
                            ValueType.size(CACHE_MIN, CACHE_MAX),
                            "1MB to 1TB, as " + ByteSize.FORMS,
                            "How much of the memory blobs may take that are read often. Left out,"
                                    + " it is an eighth of the node's heap.")
                    .withExample("\"64MB\"");

    static final Key<Integer> SHARD_REDUNDANCY =
            Key.of(
                            Section.STORAGE,
                            "shard_redundancy",
                            ValueType.whole(1, 12),
                            "1 to 12",
                            "How many parity shards stand beside the 4 data shards of a blob"
                                    + " (Reed-Solomon 4+n): any 4 shards rebuild it, so n may be"
                                    + " lost. 3 is the design (4+3, also called rs-4-7) and takes"
                                    + " 1.75 times the size.")
                    .withDefault(3);

    static final Key<ByteSize> SCRUB_RATE =
            Key.of(
                            Section.STORAGE,
                            "scrub_rate",
                            ValueType.size(RATE_MIN, RATE_MAX),
                            "100kB to 10GB, as " + ByteSize.FORMS,
                            "How much is read in a second, at the most, to find out whether the"
                                    + " disk still has what was written there. 10MB are 36 GB in"
                                    + " an hour; a disk that others want, too, may be given less.")
                    .withDefault(ByteSize.parse("10MB"));

    static final Key<Integer> SCRUB_DAYS =
            Key.of(
                            Section.STORAGE,
                            "scrub_days",
                            ValueType.whole(1, 365),
                            "1 to 365",
                            "Every so many days all blobs are read, and looked at by the checks"
                                    + " that lie beside them. A sixth is added or taken away by"
                                    + " chance, so that nodes are not all busy at once.")
                    .withDefault(1);

    static final Key<Integer> FULL_SCRUB_DAYS =
            Key.of(
                            Section.STORAGE,
                            "full_scrub_days",
                            ValueType.whole(1, 3650),
                            "1 to 3650",
                            "The same with the SHA-256 of each blob, which takes a processor"
                                    + " longer and finds also what was wrong before it was"
                                    + " written.")
                    .withDefault(30);

    static final Key<ByteSize> SEND_RATE =
            Key.of(
                            Section.STORAGE,
                            "send_rate",
                            ValueType.size(RATE_MIN, RATE_MAX),
                            "100kB to 10GB, as " + ByteSize.FORMS,
                            "How much of blobs and shards goes to the family's other nodes in a"
                                    + " second, at the most. Left out, no limit is set; a house"
                                    + " that shares its line may want one.")
                    .withExample("\"2MB\"");

    static final Key<FailureDomain> FAILURE_DOMAIN =
            Key.of(
                            Section.STORAGE,
                            "failure_domain",
                            ValueType.text(FailureDomain::new),
                            "1 to 64 of A to Z, a to z, digits, dot, dash and underscore",
                            "Names what fails together with this node: a house, a power strip. No"
                                    + " more shards of a blob than may be lost lie at nodes of one"
                                    + " name. Left out, each node fails alone.")
                    .withExample("\"attic\"");

    static final Key<IpAddress> LISTEN =
            Key.of(
                            Section.API,
                            "listen",
                            ValueType.text(ConfigKeys::parseListen),
                            LISTEN_ALLOWED,
                            "The address that HTTP, WebSocket and gRPC listen on. The default"
                                    + " serves this machine only; 0.0.0.0 or :: opens it to the"
                                    + " network.")
                    .withDefault(IpAddress.parse("127.0.0.1"));

    static final Key<Integer> HTTP_PORT =
            Key.of(
                            Section.API,
                            "http_port",
                            ValueType.whole(0, PORT_MAX),
                            PORT_ALLOWED,
                            "The port of the dashboard, the HTTP API and the WebSockets.")
                    .withDefault(8080);

    static final Key<Integer> GRPC_PORT =
            Key.of(
                            Section.API,
                            "grpc_port",
                            ValueType.whole(0, PORT_MAX),
                            PORT_ALLOWED,
                            "The port of the gRPC API.")
                    .withDefault(9090);

    static final Key<Bytes> AGENT_PUB_KEY =
            Key.of(
                            Section.REGISTRY,
                            "agent_pub_key",
                            ValueType.text(ConfigKeys::parseKey)
                                    .map(NodeId::publicKey, NodeId::new),
                            "an Ed25519 public key: 64 hexadecimal digits, or its peer id"
                                    + " (12D3Koo…)",
                            "The person or household that this node acts for.")
                    .withExample("\"12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq\"");

    static final Key<String> DISPLAY_NAME =
            Key.of(
                            Section.REGISTRY,
                            "display_name",
                            ValueType.text(text -> name(text, NAME_CHARS_MAX)),
                            "1 to 63 printable characters",
                            "What people call this node. Left out, it is the host's name and"
                                    + " \"'s Rack\".")
                    .withExample("\"Ana's Rack\"");

    static final Key<Region> REGION =
            Key.of(
                            Section.REGISTRY,
                            "region",
                            ValueType.text(Region::parse),
                            Region.NAMES,
                            "The part of the world this node stands in.")
                    .withDefault(Region.GLOBAL);

    static final Key<Location> LOCATION =
            Key.of(
                            Section.REGISTRY,
                            "location",
                            ValueType.text(Location::parse),
                            "\"latitude,longitude\" in degrees, -90 to 90 and -180 to 180, at most"
                                    + " 7 decimals",
                            "Where the node stands, as exactly as its family wants others to"
                                    + " know. Left out, nothing is told.")
                    .withExample("\"52.5,13.4\"");

    static final Key<StewardTier> STEWARD_TIER =
            Key.of(
                            Section.REGISTRY,
                            "steward_tier",
                            ValueType.text(StewardTier::parse),
                            "caretaker, guardian, steward or pioneer",
                            "How much the family commits to others.")
                    .withDefault(StewardTier.CARETAKER);

    static final Key<Boolean> CUSTODIAN_OPT_IN =
            Key.of(
                            Section.REGISTRY,
                            "custodian_opt_in",
                            ValueType.truth(),
                            "true or false",
                            "Whether this node keeps copies for other families.")
                    .withDefault(true);

    static final Key<ByteSize> MAX_CUSTODY_GB =
            Key.of(
                            Section.REGISTRY,
                            "max_custody_gb",
                            ValueType.whole(0, CUSTODY_GB_MAX)
                                    .map(
                                            gb -> new ByteSize(gb * GB),
                                            size -> (int) (size.bytes() / GB)),
                            "0 to 10000000 GB (thousand million bytes), not more than"
                                    + " storage.max_capacity",
                            "How much storage others may use. Left out, it is a tenth of"
                                    + " storage.max_capacity.")
                    .withExample("50");

    static final Key<Integer> MAX_BANDWIDTH_MBPS =
            Key.of(
                            Section.REGISTRY,
                            "max_bandwidth_mbps",
                            ValueType.whole(1, 1_000_000),
                            "1 to 1000000 megabits per second",
                            "How much bandwidth others may use. Left out, no limit is set.")
                    .withExample("100");

    static final Key<Integer> MAX_CPU_PERCENT =
            Key.of(
                            Section.REGISTRY,
                            "max_cpu_percent",
                            ValueType.whole(1, 100),
                            "1 to 100",
                            "How much of the processor work for others may take.")
                    .withDefault(15);

    static final List<Key<?>> ALL =
            List.of(
                    NODE_ID,
                    DATA_DIR,
                    CLUSTER_NAME,
                    NODE_ROLE,
                    MAX_DOCUMENT_SIZE,
                    SYNC_INTERVAL_MS,
                    DURABLE_NODES,
                    CLIENTS_PER_ADDRESS,
                    MDNS_ENABLED,
                    CLUSTER_LISTEN,
                    CLUSTER_PORT,
                    MEMBERS_PORT,
                    BLOBS_PORT,
                    ADVERTISE,
                    CLUSTER_ADDRESSES,
                    LOST_AFTER,
                    CLUSTER_OBSERVE,
                    CLUSTER_KEY,
                    LISTEN_ADDRS,
                    BOOTSTRAP_NODES,
                    MAX_CAPACITY,
                    MEMORY_CACHE,
                    SHARD_REDUNDANCY,
                    SCRUB_RATE,
                    SCRUB_DAYS,
                    FULL_SCRUB_DAYS,
                    SEND_RATE,
                    FAILURE_DOMAIN,
                    LISTEN,
                    HTTP_PORT,
                    GRPC_PORT,
                    AGENT_PUB_KEY,
                    DISPLAY_NAME,
                    REGION,
                    LOCATION,
                    STEWARD_TIER,
                    CUSTODIAN_OPT_IN,
                    MAX_CUSTODY_GB,
                    MAX_BANDWIDTH_MBPS,
                    MAX_CPU_PERCENT);

    private ConfigKeys() {}

    static List<Key<?>> of(Section section) {
        return ALL.stream().filter(key -> key.section() == section).toList();
    }

    private static String name(String text, int charsMax) {
        int chars = text.codePointCount(0, text.length());
        if (chars == 0 || chars > charsMax) {
            throw new IllegalArgumentException(chars + " characters");
        }
        if (!text.codePoints().allMatch(TomlText::isPrintable)) {
            throw new IllegalArgumentException("contains a character that cannot be seen");
        }
        if (!text.equals(text.strip())) {
            throw new IllegalArgumentException("begins or ends with a blank");
        }
        return text;
    }

    private static String parseClusterKey(String text) {
        // Whoever pastes back a printed configuration would otherwise share its text as the key.
        if (text.equals(Secret.PLACEHOLDER)) {
            throw new IllegalArgumentException("this stands for a key, it is none");
        }
        return name(FamilyKey.of(text).reveal(), FamilyKey.CHARACTERS_MAX);
    }

    private static IpAddress parseListen(String text) {
        return IpAddress.parse(text.equals("localhost") ? "127.0.0.1" : text);
    }

    private static Path parsePath(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("empty");
        }
        if (text.startsWith("~") && !text.equals("~") && !text.startsWith("~/")) {
            throw new IllegalArgumentException("of another user's home; write the whole path");
        }
        return Path.of(text);
    }

    private static Multiaddr parseListenAddress(String text) {
        Multiaddr address = Multiaddr.parse(text);
        List<Protocol> protocols =
                address.components().stream()
                        .map(Multiaddr.Component::protocol)
                        .filter(protocol -> protocol != Protocol.IP6ZONE)
                        .toList();
        boolean hasPort =
                protocols.size() >= 2
                        && (protocols.get(0) == Protocol.IP4 || protocols.get(0) == Protocol.IP6)
                        && (protocols.get(1) == Protocol.TCP || protocols.get(1) == Protocol.UDP);
        if (!hasPort) {
            throw new IllegalArgumentException("no address of this machine with a port");
        }
        if (address.has(Protocol.P2P)) {
            throw new IllegalArgumentException("names a peer, which is this node anyway");
        }
        return address;
    }

    private static NodeId parseKey(String text) {
        return text.matches("[0-9a-fA-F]{64}")
                ? new NodeId(Bytes.parseHex(text))
                : NodeId.parse(text);
    }
}
