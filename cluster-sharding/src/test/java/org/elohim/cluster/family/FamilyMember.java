package org.elohim.cluster.family;

import akka.Done;
import akka.actor.BootstrapSetup;
import akka.actor.setup.ActorSystemSetup;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Cluster;
import akka.remote.artery.tcp.SSLEngineProviderSetup;

import com.typesafe.config.ConfigFactory;

import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Downing;
import org.elohim.protocol.family.FamilyCertificates;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// An actor system of one node of a family, with nothing in it but the family; its disk and its
/// door are the test's.
final class FamilyMember implements AutoCloseable {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    final NodeKey key;
    final Address door;
    final ActorSystem<Void> system;
    final ActorRef<Family.Command> family;
    final BlockingQueue<String> renewals = new LinkedBlockingQueue<>();
    final BlockingQueue<Address> doors = new LinkedBlockingQueue<>();
    final AtomicReference<Optional<Term>> acting = new AtomicReference<>(Optional.empty());

    /// @param disk holds the highest term from one member of this node to the next
    FamilyMember(
            NodeKey key,
            int number,
            String familyKey,
            Part part,
            AtomicReference<Optional<Term>> disk) {
        this.key = key;
        this.door = new Address("127.0.0.1", number);
        var lines =
                new FamilyLines(new FamilyTls(FamilyCertificates.of(FamilyKey.of(familyKey)), key));
        var settings =
                ConfigFactory.parseString(
                                """
                                akka {
                                  actor.provider = cluster
                                  remote.artery {
                                    transport = tls-tcp
                                    canonical { hostname = "127.0.0.1", port = 0 }
                                  }
                                  cluster {
                                    jmx.enabled = off
                                    downing-provider-class = ""
                                    periodic-tasks-initial-delay = 100ms
                                    gossip-interval = 200ms
                                    leader-actions-interval = 200ms
                                    unreachable-nodes-reaper-interval = 200ms
                                    retry-unsuccessful-join-after = 1s
                                    allow-weakly-up-members = 1s
                                    run-coordinated-shutdown-when-down = off
                                    failure-detector.monitored-by-nr-of-members = 256
                                    failure-detector.acceptable-heartbeat-pause = 3s
                                  }
                                  coordinated-shutdown { exit-jvm = off, run-by-jvm-shutdown-hook = off }
                                  log-dead-letters = off
                                  loggers = ["akka.event.slf4j.Slf4jLogger"]
                                  logging-filter = "akka.event.slf4j.Slf4jLoggingFilter"
                                }
                                """)
                        .withFallback(
                                ConfigFactory.parseMap(
                                        Map.of("akka.cluster.roles", Roles.of(key.id(), part))));
        system =
                ActorSystem.create(
                        Behaviors.empty(),
                        "elohim",
                        ActorSystemSetup.create(
                                BootstrapSetup.create(ConfigFactory.load(settings)),
                                SSLEngineProviderSetup.create(_ -> lines)));
        family =
                system.systemActorOf(
                        Family.create(
                                new Family.Node(
                                        key.id(),
                                        part,
                                        disk.get(),
                                        term -> disk.set(Optional.of(term)),
                                        (why, _) -> renewals.add(why),
                                        Optional.of(lines),
                                        Downing.LOST_MILLIS,
                                        () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()))),
                        Family.NAME,
                        Props.empty());
        family.tell(
                new Family.Command.TakeOn(
                        new Duties() {
                            @Override
                            public void begin(Term term) {
                                acting.set(Optional.of(term));
                            }

                            @Override
                            public void end() {
                                acting.set(Optional.empty());
                            }
                        }));
    }

    void begin() {
        family.tell(
                new Family.Command.Begin(
                        Optional.of(new Family.Door(door, Set.of(), doors::add)),
                        Optional.empty()));
    }

    Removal remove(NodeId gone) {
        return AskPattern.<Family.Command, Removal>ask(
                        family,
                        replyTo -> new Family.Command.Remove(gone, false, replyTo),
                        ANSWER_WITHIN,
                        system.scheduler())
                .toCompletableFuture()
                .join();
    }

    Standing standing() {
        return AskPattern.ask(family, Family.Command.Tell::new, ANSWER_WITHIN, system.scheduler())
                .toCompletableFuture()
                .join();
    }

    /// What it would hear, had it asked at the other's door.
    void meet(FamilyMember other) {
        Standing told = other.standing();
        family.tell(new Family.Command.Met(other.door, told.account(), told.actors()));
    }

    /// Calls at a place where its cluster may be.
    void call(int port) {
        Cluster.get(Adapter.toClassic(system))
                .join(new akka.actor.Address("akka", "elohim", "127.0.0.1", port));
    }

    CompletableFuture<Done> end() {
        system.terminate();
        return system.getWhenTerminated().toCompletableFuture();
    }

    /// As by `kill -9`: nobody is told.
    void kill() {
        Cluster.get(Adapter.toClassic(system)).shutdown();
        close();
    }

    @Override
    public void close() {
        end().join();
    }
}
