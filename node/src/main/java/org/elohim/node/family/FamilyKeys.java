package org.elohim.node.family;

import org.elohim.cluster.family.FamilyTls;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyCertificates;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.JoinCode;
import org.elohim.protocol.family.KeyRing;
import org.elohim.protocol.family.KeyRingText;
import org.elohim.protocol.id.NodeKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// The keys of the family that this node belongs to, if to any: from its configuration, else from
/// `family.key` in its data directory. It outlives the actors.
///
/// Invariants: a key that the node trusts or has told others of is on the disk before; a key that
/// was given by configuration is never changed here; a node belongs to one family for good, also
/// after it has left that.
public final class FamilyKeys {
    public static final String FILE_NAME = "family.key";

    private static final Logger LOG = LoggerFactory.getLogger(FamilyKeys.class);
    private static final int KEY_BYTES = 32;
    // On a connection that ends with a key: so whoever brought the new one hears that it arrived.
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final Path directory;
    private final InstantSource clock;
    private final Optional<Configured> configured;
    private final LeaveFile leaveFile;
    // All three guarded by `this`.
    private Optional<KeyRing> ring;
    private Optional<LeaveFile.Leave> leave;
    private Optional<FamilyTls> tls = Optional.empty();

    private record Configured(FamilyKey key, String where) {}

    /// Whether the node means to stay in its family.
    public enum Stay {
        STAYS,
        LEAVES,
        HAS_LEFT
    }

    /// Why a key cannot be taken, in words for a person.
    public static final class Refused extends Exception {
        private final String sentence;

        Refused(String message) {
            super(message);
            this.sentence = message;
        }

        @Override
        public String getMessage() {
            return sentence;
        }
    }

    private FamilyKeys(
            Path directory,
            InstantSource clock,
            Optional<Configured> configured,
            Optional<KeyRing> ring,
            Optional<LeaveFile.Leave> leave) {
        this.leaveFile = new LeaveFile(directory);
        this.leave = leave;
        this.directory = directory;
        this.clock = clock;
        this.configured = configured;
        this.ring = ring;
    }

    /// Of a data directory that this process has to itself.
    public static FamilyKeys open(Path directory, InstantSource clock, NodeConfig config)
            throws StartFailure {
        Optional<FamilyKey> configured =
                config.cluster().clusterKey().map(secret -> FamilyKey.of(secret.reveal()));
        return open(directory, clock, configured, config.cluster().clusterKeyFrom());
    }

    /// Of a key of the configuration, where it has one, and where that stands.
    public static FamilyKeys open(
            Path directory, InstantSource clock, Optional<FamilyKey> configured, String where)
            throws StartFailure {
        Optional<LeaveFile.Leave> leave = new LeaveFile(directory).read();
        Optional<KeyRing> kept = KeyRingFile.load(directory).map(ring -> ring.at(clock.millis()));
        if (leave.filter(each -> each.kind() == LeaveFile.Kind.LEFT).isPresent()) {
            putAway(directory, leave.get(), kept, configured, where);
            return new FamilyKeys(
                    directory,
                    clock,
                    configured.map(key -> new Configured(key, where)),
                    Optional.empty(),
                    leave);
        }
        if (configured.isEmpty()) {
            return new FamilyKeys(directory, clock, Optional.empty(), kept, leave);
        }
        FamilyKey given = configured.get();
        if (kept.isPresent() && !kept.get().newest().key().equals(given)) {
            throw new StartFailure(
                    ExitCode.USAGE,
                    "This node has two family keys: cluster.cluster_key (%s) and another in %s. Take the first out of the configuration to stay in the family of the second, or move the file away."
                            .formatted(where, directory.resolve(FILE_NAME)));
        }
        return new FamilyKeys(
                directory,
                clock,
                Optional.of(new Configured(given, where)),
                kept.or(() -> Optional.of(KeyRing.of(given))),
                leave);
    }

    /// Of a family that the node has left no key counts, wherever it still stands.
    private static void putAway(
            Path directory,
            LeaveFile.Leave left,
            Optional<KeyRing> kept,
            Optional<FamilyKey> configured,
            String where)
            throws StartFailure {
        Path file = directory.resolve(FILE_NAME);
        if (kept.isPresent() && !left.isOf(kept.get())) {
            throw ofAnotherFamily(file.toString());
        }
        if (configured.isPresent() && !left.isOf(KeyRing.of(configured.get()))) {
            throw ofAnotherFamily("cluster.cluster_key (" + where + ")");
        }
        if (kept.isPresent()) {
            try {
                Files.delete(file);
            } catch (IOException failed) {
                throw KeyRingFile.damaged(
                        file, "it cannot be deleted, though the node has left the family");
            }
        }
        LOG.warn(
                "this node has left its family and is no member of it{}; it joins again with the"
                        + " code that ./elohim family show prints on another node: ./elohim family"
                        + " join CODE",
                configured.isPresent() ? ", though the configuration gives the key" : "");
    }

    private static StartFailure ofAnotherFamily(String where) {
        return new StartFailure(
                ExitCode.USAGE,
                "%s is the key of another family than the one that this node has left, and its documents are that family's. Take it away; or start a node on an empty data directory."
                        .formatted(where));
    }

    public synchronized Optional<KeyRing> ring() {
        return ring;
    }

    /// The same, for who cannot do without.
    public synchronized KeyRing held() throws Refused {
        return ring.orElseThrow(
                () ->
                        new Refused(
                                "This node belongs to no family. Begin one with ./elohim family"
                                        + " create, or join one with ./elohim family join CODE."));
    }

    public synchronized Stay stay() {
        return leave.map(
                        each ->
                                switch (each.kind()) {
                                    case LEAVING -> Stay.LEAVES;
                                    case LEFT -> Stay.HAS_LEFT;
                                })
                .orElse(Stay.STAYS);
    }

    /// The node leaves its family from now on, whatever becomes of the process, until it is called
    /// off or has left.
    public synchronized void beginToLeave() throws Refused {
        decide(LeaveFile.Leave.of(LeaveFile.Kind.LEAVING, held()));
    }

    /// It stays after all.
    public synchronized void callOff() throws Refused {
        try {
            leaveFile.delete();
        } catch (IOException failed) {
            throw unwritable(leaveFile.path(), failed);
        }
        leave = Optional.empty();
    }

    /// It has left, and has no key any more. That counts for the next actors; the present ones
    /// still speak as family.
    public synchronized void leave() throws Refused {
        decide(LeaveFile.Leave.of(LeaveFile.Kind.LEFT, held()));
        ring = Optional.empty();
        tls = Optional.empty();
        try {
            Files.deleteIfExists(directory.resolve(FILE_NAME));
        } catch (IOException failed) {
            LOG.warn("{} is deleted at the next start: {}", FILE_NAME, failed.toString());
        }
    }

    private void decide(LeaveFile.Leave next) throws Refused {
        try {
            leaveFile.write(next);
        } catch (IOException failed) {
            throw unwritable(leaveFile.path(), failed);
        }
        leave = Optional.of(next);
    }

    private static Refused unwritable(Path file, IOException failed) {
        return new Refused(
                "%s cannot be written: %s. Nothing was changed."
                        .formatted(file, failed.getMessage()));
    }

    /// By which the family's nodes find each other where others listen.
    public synchronized Set<String> tags() {
        return ring.stream()
                .flatMap(mine -> mine.keys().stream())
                .map(held -> held.key().tag())
                .collect(Collectors.toSet());
    }

    /// Where the configuration sets the key, if it does.
    public Optional<String> configured() {
        return configured.map(Configured::where);
    }

    /// How the family is spoken with; the same one for as long as the process runs, whatever key is
    /// trusted.
    public synchronized Optional<FamilyTls> tls(NodeKey node) {
        if (tls.isEmpty()) {
            tls = ring.map(trusted -> new FamilyTls(certificates(trusted), node));
        }
        return tls;
    }

    private static List<FamilyCertificates> certificates(KeyRing ring) {
        return ring.keys().stream().map(held -> FamilyCertificates.of(held.key())).toList();
    }

    /// Begins a family of its own.
    public synchronized KeyRing create() throws Refused {
        if (ring.isPresent()) {
            throw new Refused(
                    "This node belongs to a family already. Show its join code with: ./elohim"
                            + " family show");
        }
        if (leave.isPresent()) {
            throw new Refused(
                    "This node has left its family, and its documents are that family's. To begin"
                            + " another one, start a node on an empty data directory.");
        }
        return keep(KeyRing.of(randomKey()));
    }

    public static FamilyKey randomKey() {
        byte[] secret = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(secret);
        return FamilyKey.of(Bytes.copyOf(secret).toHex());
    }

    /// What came of a code.
    public enum Joined {
        NOW,
        /// The node belonged to that family before. A code may be given at each start.
        BEFORE,
        /// The same, and the family has changed its key since.
        BEFORE_UNDER_ANOTHER_KEY
    }

    /// Becomes one of the family that a code is of, in a directory in which nobody looks for the
    /// others meanwhile: where they are is written down there.
    public Joined join(JoinCode code) throws Refused {
        return join(code, this::remember);
    }

    /// Becomes one of the family that a code is of.
    ///
    /// @param places hears where others may be
    public synchronized Joined join(JoinCode code, Consumer<List<Address>> places) throws Refused {
        if (ring.isEmpty()) {
            if (leave.filter(left -> !left.isOf(code.family(), code.key())).isPresent()) {
                throw new Refused(
                        "This node has left another family than the code is of, and its documents"
                            + " are that family's. To join with this code, start a node on an empty"
                            + " data directory.");
            }
            refuseBeside(code);
            keep(code.ring());
            try {
                // Until that is done a crash leaves it outside, as if it had never come back.
                callOff();
            } catch (Refused unwritable) {
                ring = Optional.empty();
                throw unwritable;
            }
            places.accept(code.addresses());
            return Joined.NOW;
        }
        KeyRing mine = ring.get();
        boolean isHeld = mine.keys().stream().anyMatch(held -> held.key().equals(code.key()));
        if (!isHeld && !mine.family().equals(code.family())) {
            throw new Refused(
                    "This node belongs to another family (%s) than the code (%s), and its documents are that family's. To join with this code, start a node on an empty data directory."
                            .formatted(shortly(mine.family()), shortly(code.family())));
        }
        places.accept(code.addresses());
        if (isHeld) {
            return Joined.BEFORE;
        }
        if (mine.wasGivenUp(code.key()) || code.generation() < mine.newest().generation()) {
            return Joined.BEFORE_UNDER_ANOTHER_KEY;
        }
        refuseConfigured();
        // The family went on without this node, so the keys it has are of no use any more.
        keep(code.ring());
        return Joined.NOW;
    }

    // Both would stand there at the next start, which then is none.
    private void refuseBeside(JoinCode code) throws Refused {
        Optional<Configured> other = configured.filter(each -> !each.key().equals(code.key()));
        if (other.isPresent()) {
            throw new Refused(
                    "This node's configuration gives another family key (cluster.cluster_key, %s) than the code. Take it out there, start the node again, and join with the code then."
                            .formatted(other.get().where()));
        }
    }

    private static String shortly(Bytes family) {
        return family.toHex().substring(0, 8);
    }

    private void remember(List<Address> places) {
        var known = new KnownAddresses(directory);
        places.forEach(each -> known.remember(each, Optional.empty()));
    }

    /// Changes the key of a family.
    public synchronized KeyRing change(UnaryOperator<KeyRing> step) throws Refused {
        KeyRing mine = held();
        KeyRing next = step.apply(mine);
        if (next.equals(mine)) {
            return mine;
        }
        refuseConfigured();
        return keep(next);
    }

    private void refuseConfigured() throws Refused {
        if (configured.isPresent()) {
            throw new Refused(
                    "The family's key of this node is given by its configuration (cluster.cluster_key, %s), which the node does not change. Take it out there and keep the key in %s, then start the node again; or change it there on all nodes by hand."
                            .formatted(configured.get().where(), directory.resolve(FILE_NAME)));
        }
    }

    /// Gives up what has come to its end.
    public synchronized void look() {
        try {
            if (ring.isPresent() && ring.get().isRotating()) {
                change(mine -> mine.at(clock.millis()));
            }
        } catch (Refused unwritable) {
            LOG.warn("the family's old key is not given up yet: {}", unwritable.getMessage());
        }
    }

    private KeyRing keep(KeyRing next) throws Refused {
        Path file = directory.resolve(FILE_NAME);
        try {
            SafeFile.write(file, KeyRingText.render(next));
        } catch (IOException failed) {
            throw unwritable(file, failed);
        }
        ring = Optional.of(next);
        LOG.info(
                "this node has the family's key{} now",
                next.isRotating() ? ", and old ones that count beside it for a while," : "");
        tls.ifPresent(
                lines -> {
                    lines.trust(certificates(next));
                    CompletableFuture.delayedExecutor(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)
                            .execute(lines::endOthers);
                });
        return next;
    }
}
