package org.elohim.node;

import akka.actor.typed.ActorSystem;

import org.elohim.cluster.sync.Copies;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.data.DataDirectory;
import org.elohim.node.exit.StartFailure;
import org.elohim.node.family.RoleFile;
import org.elohim.node.restart.Restart;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.family.NodeRole;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// What this node is to its family: full, observer, or on its way from the one to the other.
///
/// Invariants: what a full node has acknowledged is not lost by making it an observer: it takes
/// nothing more from the first moment on, and goes on as a full node towards its family until as
/// many of the others as are wanted hold all that it had.
final class Role {
    private static final Logger LOG = LoggerFactory.getLogger(Role.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final NodeRole wanted;
    private final List<Part> observed;
    private final boolean handsOver;
    private final RoleFile file;
    private final long through;
    private final AtomicBoolean handedOver = new AtomicBoolean();

    /// @param through how far the journal went before this start, 0 where it was empty
    Role(NodeConfig config, Path directory, long through) throws StartFailure {
        this.wanted = config.node().role();
        this.observed = config.cluster().observe();
        this.file = new RoleFile(directory);
        this.through = through;
        Optional<NodeRole> before = file.read();
        handsOver =
                wanted == NodeRole.OBSERVER
                        && through > 0
                        && !before.equals(Optional.of(NodeRole.OBSERVER));
        if (!handsOver && !before.equals(Optional.of(wanted))) {
            try {
                file.write(wanted);
            } catch (IOException failed) {
                throw DataDirectory.unusable(directory, failed);
            }
        }
    }

    /// As it is configured.
    NodeRole wanted() {
        return wanted;
    }

    boolean takesEdits() {
        return wanted == NodeRole.FULL;
    }

    /// All that this node takes of its family's documents; nothing where it takes everything.
    List<Part> part() {
        return handsOver ? List.of() : observed;
    }

    /// Whether it was a full node, and the others do not hold yet what it has acknowledged.
    boolean handsOver() {
        return handsOver;
    }

    /// Looks whether the others hold everything by now, and begins anew as an observer then.
    void watch(ActorSystem<?> system, Copies copies, Restart restart) {
        if (!handsOver) {
            return;
        }
        LOG.info(
                "this node was a full node and is to be an observer: it takes no more edits, and"
                        + " hands over what it has taken before it becomes one");
        system.scheduler()
                .scheduleWithFixedDelay(
                        LOOK_EVERY,
                        LOOK_EVERY,
                        () -> {
                            if (copies.durable() >= through
                                    && handedOver.compareAndSet(false, true)) {
                                Thread.startVirtualThread(() -> become(restart));
                            }
                        },
                        system.executionContext());
    }

    private void become(Restart restart) {
        try {
            file.write(NodeRole.OBSERVER);
        } catch (IOException full) {
            LOG.warn("cannot note that this node is an observer by now: {}", full.toString());
            handedOver.set(false);
            return;
        }
        restart.restart(
                "its family holds what it had taken, and it goes on as an observer",
                Optional.empty());
    }
}
