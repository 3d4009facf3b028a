package org.elohim.node;

import org.elohim.cluster.journal.JournalSchema;
import org.elohim.node.blob.Blobs;
import org.elohim.node.blob.ScrubSettings;
import org.elohim.node.config.ByteSize;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.data.DataDirectory;
import org.elohim.node.data.NodeAddress;
import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.FamilyKeys;
import org.elohim.node.host.QuietHeap;
import org.elohim.node.identity.AdminToken;
import org.elohim.node.identity.KeyFile;
import org.elohim.node.log.Logs;
import org.elohim.node.restart.Generations;
import org.elohim.node.restart.Places;
import org.elohim.protocol.blob.ScrubCycle;
import org.elohim.protocol.family.JoinCode;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// One node: what it opens, in which order, and how it lets go of it again.
///
/// Invariants: nothing in the data directory is used before the directory is locked and known to be
/// this node's; the lock is the last thing to be given up. Lock, key, token, log and blobs outlive
/// the actors, which may end and begin again.
final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    // No version is older than this. A clock before it has lost its battery.
    private static final Instant CLOCK_MIN = Instant.parse("2026-01-01T00:00:00Z");

    private final NodeConfig config;
    private final OpenThings open = new OpenThings();
    private final Optional<JoinCode> joining;
    private Optional<Generations> actors = Optional.empty();

    /// @param joining the code of the family that this node is to belong to
    Daemon(NodeConfig config, Optional<JoinCode> joining) {
        this.config = config;
        this.joining = joining;
    }

    /// What the running node is, for the person who started it.
    record Running(
            NodeId node,
            DataDirectory directory,
            InetSocketAddress http,
            InetSocketAddress grpc,
            Optional<InetSocketAddress> door) {}

    Running start(InstantSource clock) throws StartFailure {
        refuseLostClock(clock);
        DataDirectory directory = DataDirectory.open(config.node().dataDir());
        open.add("data directory", directory);
        directory.refuseLossOf(KeyFile.NAME);
        directory.refuseLossOf(JournalSchema.FILE_NAME);
        refuseJournalWithoutKey(directory);
        NodeKey key = KeyFile.loadOrCreate(directory);
        refuseOtherNode(key);
        directory.refuseOther(key.id());
        String operatorToken = AdminToken.loadOrCreate(directory, System.getenv());
        openLog(directory);
        prepareJournal(directory.path());
        directory.belongTo(key.id(), Version.current());
        Blobs blobs =
                Blobs.open(
                        directory.path(),
                        config.storage().maxCapacity().bytes(),
                        HeapShares.ofThisProcess()
                                .blobs(config.storage().memoryCache().map(ByteSize::bytes)),
                        clock);
        open.add("blobs", blobs);
        blobs.store().scrub(scrub(config.storage()));
        FamilyKeys familyKeys = familyKeys(directory, clock);
        var generations =
                new Generations(
                        (restart, before, joinFirst) ->
                                new Actors(
                                        config,
                                        key,
                                        familyKeys,
                                        directory.path(),
                                        operatorToken,
                                        blobs,
                                        restart,
                                        before,
                                        joinFirst));
        open.add("actor system", generations);
        actors = Optional.of(generations);
        Places serving = generations.start();
        var running =
                new Running(key.id(), directory, serving.http(), serving.grpc(), serving.door());
        tellAddress(directory, running);
        open.add("quiet heap", QuietHeap.start());
        return running;
    }

    private FamilyKeys familyKeys(DataDirectory directory, InstantSource clock)
            throws StartFailure {
        FamilyKeys keys = FamilyKeys.open(directory.path(), clock, config);
        if (joining.isPresent() && keys.stay() == FamilyKeys.Stay.HAS_LEFT) {
            LOG.warn("the given join code is not used: it may stand there from before");
        } else if (joining.isPresent()) {
            try {
                if (keys.join(joining.get()) == FamilyKeys.Joined.BEFORE_UNDER_ANOTHER_KEY) {
                    LOG.warn(
                            "the given join code is older than the family's present key, which"
                                    + " this node has; it needs no code any more");
                }
            } catch (FamilyKeys.Refused refused) {
                throw new StartFailure(ExitCode.USAGE, refused.getMessage());
            }
        }
        return keys;
    }

    /// For the command line, which finds the node by its data directory alone.
    private void tellAddress(DataDirectory directory, Running running) throws StartFailure {
        Path file = directory.resolve(NodeAddress.FILE_NAME);
        try {
            SafeFile.write(file, NodeAddress.url(running.http()) + "\n");
            open.add("address", () -> Files.deleteIfExists(file));
        } catch (IOException failed) {
            throw DataDirectory.unusable(directory.path(), failed);
        }
    }

    private static ScrubSettings scrub(NodeConfig.Storage storage) {
        return new ScrubSettings(
                storage.scrubRate().bytes(),
                new ScrubCycle(
                        Duration.ofDays(storage.scrubDays()),
                        Duration.ofDays(storage.fullScrubDays())));
    }

    private static void refuseLostClock(InstantSource clock) throws StartFailure {
        Instant now = clock.instant();
        if (now.isBefore(CLOCK_MIN)) {
            throw new StartFailure(
                    ExitCode.ENVIRONMENT,
                    "This machine's clock says %s, which cannot be: no version of elohim-node is that old. Set the clock (for example with timedatectl set-ntp true) and start again."
                            .formatted(now));
        }
    }

    private void refuseOtherNode(NodeKey key) throws StartFailure {
        var expected = config.node().id();
        if (expected.isPresent() && !expected.get().equals(key.id())) {
            throw new StartFailure(
                    ExitCode.USAGE,
                    "node.id says %s, but the key in %s is that of node %s. Correct node.id, or start with the data directory of that node."
                            .formatted(expected.get(), config.node().dataDir(), key.id()));
        }
    }

    private void openLog(DataDirectory directory) throws StartFailure {
        try {
            open.add("log", Logs::close);
            Logs.alsoInto(Files.createDirectories(directory.resolve("logs")));
        } catch (IOException failed) {
            throw DataDirectory.unusable(directory.path(), failed);
        }
    }

    // The key is made before anything else, so a journal without one has lost its node.
    private static void refuseJournalWithoutKey(DataDirectory directory) throws StartFailure {
        if (Files.notExists(directory.resolve(KeyFile.NAME))
                && Files.exists(directory.resolve(JournalSchema.FILE_NAME))) {
            throw new StartFailure(
                    ExitCode.UNTRUSTED_DATA,
                    "%s holds a journal but no %s, so nobody can tell whose it is. Restore the key from a backup, or start with an empty data directory. Nothing was changed."
                            .formatted(directory.path(), KeyFile.NAME));
        }
    }

    private static void prepareJournal(Path directory) throws StartFailure {
        Path file = directory.resolve(JournalSchema.FILE_NAME);
        switch (JournalSchema.current().prepare(directory)) {
            case JournalSchema.Outcome.Ready _ -> {}
            case JournalSchema.Outcome.Newer(var found, var known) ->
                    throw new StartFailure(
                            ExitCode.USAGE,
                            "%s was written by a newer elohim-node (schema %d; this version reads up to %d). Start it with that version or a later one. Nothing was changed."
                                    .formatted(file, found, known));
            case JournalSchema.Outcome.Foreign(var reason) ->
                    throw new StartFailure(
                            ExitCode.UNTRUSTED_DATA,
                            "%s is not the journal of an elohim-node: %s. Move it away, or choose another place with --data-dir. Nothing was changed."
                                    .formatted(file, reason));
            case JournalSchema.Outcome.Damaged(var reason) ->
                    throw new StartFailure(
                            ExitCode.UNTRUSTED_DATA,
                            "%s is damaged: %s. Restore it from a backup. Nothing was changed."
                                    .formatted(file, reason));
            case JournalSchema.Outcome.NoSpace(var reason) ->
                    throw new StartFailure(
                            ExitCode.ENVIRONMENT,
                            "There is no space left to open %s (%s). Free some and start again."
                                    .formatted(file, reason));
            case JournalSchema.Outcome.Unwritable(var reason) ->
                    throw new StartFailure(
                            ExitCode.ENVIRONMENT,
                            "%s cannot be written: %s. Check its owner and permissions."
                                    .formatted(file, reason));
        }
    }

    /// Returns when the running node has lost its actors; fails where they were to begin again, and
    /// could not.
    void awaitLoss() throws StartFailure {
        actors.orElseThrow().awaitLoss();
    }

    @Override
    public void close() {
        open.close();
    }
}
