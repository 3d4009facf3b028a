package org.elohim.node.family;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;

import org.elohim.libp2p.multiformats.IpAddress;
import org.elohim.node.config.NodeConfig;
import org.elohim.node.restart.Restart;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Looks from time to time at which addresses this machine has, and has the actors begin anew where
/// the one that they are known by is gone: Akka cannot change it while they live.
///
/// The door listens at all addresses all the time, what is announced in the local network is looked
/// up at each announcement, and a join code when it is asked for; those need nothing.
public final class OwnAddressWatch {
    // As often as what is announced.
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    private final NodeConfig.Cluster config;
    private final IpAddress told;
    private final OwnPlace place;
    private final Restart restart;
    private final Supplier<List<IpAddress>> usable;
    private boolean ordered;

    OwnAddressWatch(
            NodeConfig.Cluster config,
            IpAddress told,
            Restart restart,
            Supplier<List<IpAddress>> usable) {
        this.config = config;
        this.told = told;
        this.place = new OwnPlace(told);
        this.restart = restart;
        this.usable = usable;
    }

    /// Looks for as long as these actors live.
    ///
    /// @param told the address by which they are known
    public static void begin(
            ActorSystem<?> system, NodeConfig.Cluster config, String told, Restart restart) {
        var watch = new OwnAddressWatch(config, IpAddress.parse(told), restart, OwnAddress::usable);
        var _ =
                system.scheduler()
                        .scheduleWithFixedDelay(
                                LOOK_EVERY,
                                LOOK_EVERY,
                                () -> watch.look(TimeUnit.NANOSECONDS.toMillis(System.nanoTime())),
                                system.dispatchers().lookup(DispatcherSelector.blocking()));
    }

    /// One look after the other.
    void look(long nowMillis) {
        List<IpAddress> present = usable.get();
        IpAddress best = OwnAddress.of(config.listen(), config.advertise(), present);
        Optional<IpAddress> moved = place.look(present, best, nowMillis);
        if (moved.isPresent() && !ordered) {
            ordered = true;
            restart.restart(
                    "this machine is at %s now and no longer at %s".formatted(moved.get(), told),
                    Optional.empty());
        }
    }
}
