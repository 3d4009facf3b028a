package org.elohim.node.config;

import org.elohim.libp2p.multiformats.IpAddress;
import org.elohim.libp2p.multiformats.Multiaddr;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.blob.replication.FailureDomain;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.NodeRole;
import org.elohim.protocol.id.NodeId;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Everything that can be configured, read and checked. What each value means and what it may be
/// stands in `ConfigKeys`.
///
/// Invariants: made by `ConfigLoader` only from values that passed their key's check; prints no
/// secret.
public record NodeConfig(
        Node node,
        Sync sync,
        Cluster cluster,
        P2p p2p,
        Storage storage,
        Api api,
        Registry registry) {

    /// The node itself. A key in the data directory of another id than this one is refused; the
    /// directory is absolute.
    public record Node(@Nullable NodeId idOrNull, Path dataDir, String clusterName, NodeRole role) {
        public Optional<NodeId> id() {
            return Optional.ofNullable(idOrNull);
        }
    }

    /// How documents are kept and synced.
    ///
    /// @param durableNodes how many other full nodes must hold what is called durable
    /// @param clientsPerAddress how many connections of apps one address may have
    public record Sync(
            ByteSize maxDocumentSize,
            int syncIntervalMillis,
            int durableNodes,
            int clientsPerAddress) {}

    /// The family's other nodes.
    ///
    /// @param lostAfterMillis how long a node may be lost before it is given up
    /// @param observe what an observer holds; nothing of a full node
    public record Cluster(
            boolean mdnsEnabled,
            IpAddress listen,
            int port,
            int membersPort,
            int blobsPort,
            @Nullable IpAddress advertiseOrNull,
            List<Address> addresses,
            int lostAfterMillis,
            List<Part> observe,
            @Nullable Secret clusterKeyOrNull,
            String clusterKeyFrom) {
        public Cluster {
            addresses = List.copyOf(addresses);
            observe = List.copyOf(observe);
        }

        public Optional<IpAddress> advertise() {
            return Optional.ofNullable(advertiseOrNull);
        }

        public Optional<Secret> clusterKey() {
            return Optional.ofNullable(clusterKeyOrNull);
        }
    }

    public record P2p(List<Multiaddr> listenAddrs, List<Multiaddr> bootstrapNodes) {
        public P2p {
            listenAddrs = List.copyOf(listenAddrs);
            bootstrapNodes = List.copyOf(bootstrapNodes);
        }
    }

    /// What blobs may take of the disk, and how it is looked after.
    ///
    /// @param scrubRate in a second
    /// @param sendRateOrNull in a second, to the family's other nodes
    /// @param failureDomainOrNull names what fails together with this node
    public record Storage(
            ByteSize maxCapacity,
            @Nullable ByteSize memoryCacheOrNull,
            int shardRedundancy,
            ByteSize scrubRate,
            int scrubDays,
            int fullScrubDays,
            @Nullable ByteSize sendRateOrNull,
            @Nullable FailureDomain failureDomainOrNull) {
        public Optional<ByteSize> memoryCache() {
            return Optional.ofNullable(memoryCacheOrNull);
        }

        public Optional<ByteSize> sendRate() {
            return Optional.ofNullable(sendRateOrNull);
        }

        public Optional<FailureDomain> failureDomain() {
            return Optional.ofNullable(failureDomainOrNull);
        }
    }

    public record Api(IpAddress listen, int httpPort, int grpcPort) {}

    /// What this node says about itself and offers to others. The agent's key is Ed25519.
    public record Registry(
            @Nullable Bytes agentPublicKeyOrNull,
            @Nullable String displayNameOrNull,
            Region region,
            @Nullable Location locationOrNull,
            StewardTier stewardTier,
            boolean custodianOptIn,
            @Nullable ByteSize maxCustodyOrNull,
            @Nullable Integer maxBandwidthMbpsOrNull,
            int maxCpuPercent) {
        public Optional<Bytes> agentPublicKey() {
            return Optional.ofNullable(agentPublicKeyOrNull);
        }

        public Optional<String> displayName() {
            return Optional.ofNullable(displayNameOrNull);
        }

        public Optional<Location> location() {
            return Optional.ofNullable(locationOrNull);
        }

        public Optional<ByteSize> maxCustody() {
            return Optional.ofNullable(maxCustodyOrNull);
        }

        public OptionalInt maxBandwidthMbps() {
            return maxBandwidthMbpsOrNull == null
                    ? OptionalInt.empty()
                    : OptionalInt.of(maxBandwidthMbpsOrNull);
        }
    }
}
