package org.elohim.node.sync;

import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.stream.KillSwitches;
import akka.stream.SharedKillSwitch;
import akka.stream.SystemMaterializer;
import akka.stream.javadsl.Source;

import org.elohim.protocol.Bytes;

import java.time.Duration;

/// What goes out over one connection, and the connection's end.
///
/// @param end of everything that belongs to the connection, also where its peer does not end it
record WayOut(OutgoingFrames frames, Source<Bytes, NotUsed> queued, SharedKillSwitch end) {
    // To take what it was sent, and our last words, after the end was decided.
    private static final Duration LINGER_MAX = Duration.ofSeconds(10);

    /// @param closing hears once of the end, while the last frames may still be on their way
    static WayOut open(ActorSystem<?> system, Runnable closing) {
        // Not one of its own: nobody would end that, and it would outlive the connection.
        var queue =
                Source.<Bytes>queue(OutgoingFrames.FRAMES_QUEUED_MAX)
                        .preMaterialize(SystemMaterializer.get(system).materializer());
        // Whoever reads nothing any more would keep the connection open beyond its end.
        SharedKillSwitch end = KillSwitches.shared("connection");
        var frames =
                new OutgoingFrames(
                        queue.first(),
                        () -> {
                            closing.run();
                            system.scheduler()
                                    .scheduleOnce(
                                            LINGER_MAX, end::shutdown, system.executionContext());
                        });
        return new WayOut(frames, queue.second(), end);
    }
}
