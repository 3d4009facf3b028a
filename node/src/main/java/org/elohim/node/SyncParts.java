package org.elohim.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Peers;
import org.elohim.cluster.sync.ReadModel;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.cluster.sync.SyncHub;
import org.elohim.node.api.DeviceRoutes;
import org.elohim.node.api.DocumentRoutes;
import org.elohim.node.device.DeviceSocket;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.identity.NodeKey;
import org.elohim.protocol.change.CostLimits;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/// What syncs documents, put together.
///
/// Invariants: the index knows the whole journal before anything new is written to it.
final class SyncParts {
    private final ReadModel views;
    private final DeviceRoutes devices;
    private final DocumentRoutes documents;

    SyncParts(ActorSystem<?> system, NodeKey key, Path directory) throws StartFailure {
        LocalJournal journal = LocalJournal.get(system);
        var index = new DocumentIndex();
        try {
            views = ReadModel.open(directory, journal.reader(), index);
        } catch (IOException | SQLException failed) {
            throw new StartFailure(
                    ExitCode.ENVIRONMENT,
                    "%s cannot be written: %s. Free space or check its owner; it may also be deleted, it is made anew."
                            .formatted(directory.resolve(ReadModel.FILE_NAME), failed),
                    failed);
        }
        var hub = new SyncHub(index);
        journal.onCommit(
                batch -> {
                    hub.committed(batch);
                    views.committed();
                });
        ActorRef<Documents.Command> documents =
                system.systemActorOf(
                        Documents.create(
                                CostLimits.DEFAULT, InstantSource.system(), Documents.AWAKE_MAX),
                        "documents",
                        Props.empty());
        var counters = new SyncCounters();
        var random = new SecureRandom();
        ActorRef<Peers.Command> peers =
                system.systemActorOf(
                        Peers.create(
                                new Peers.Node(
                                        key.id(),
                                        documents,
                                        index,
                                        hub,
                                        journal.reader(),
                                        new ChangeBytes(
                                                journal.reader(), ChangeBytes.CACHE_BYTES_MAX),
                                        counters,
                                        () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                                        random::nextLong)),
                        "peers",
                        Props.empty());
        this.documents = new DocumentRoutes(documents, system.scheduler());
        devices = new DeviceRoutes(new DeviceSocket(key, system, peers, counters), index, counters);
    }

    DeviceRoutes devices() {
        return devices;
    }

    DocumentRoutes documents() {
        return documents;
    }

    /// Before the journal is closed, which it reads.
    void close() throws SQLException, InterruptedException {
        views.close();
    }
}
