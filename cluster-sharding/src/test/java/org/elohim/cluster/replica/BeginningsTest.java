package org.elohim.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;

import com.typesafe.config.ConfigFactory;

import org.elohim.cluster.family.Roles;
import org.elohim.protocol.family.Membership;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class BeginningsTest {
    private static final int FAILURES = 2;

    /// The one member of the cluster is a sibling of the node whose regions begin.
    @Test
    void whatCouldNotBeginIsTriedAgain() throws Exception {
        NodeId sibling = NodeKey.generate().id();
        var hosted = new CountDownLatch(FAILURES + 1);
        var reached = new CountDownLatch(FAILURES);
        var regions =
                new Replicas.Regions() {
                    @Override
                    public void host() {
                        hosted.countDown();
                        if (hosted.getCount() > 0) {
                            throw new IllegalStateException("a busy start");
                        }
                    }

                    @Override
                    public void reach(NodeId node) {
                        if (node.equals(sibling)) {
                            reached.countDown();
                        }
                        throw new IllegalStateException("still busy");
                    }
                };
        var settings =
                ConfigFactory.parseMap(
                                Map.of(
                                        "akka.cluster.roles",
                                        Roles.of(sibling, Membership.Part.FULL)))
                        .withFallback(
                                ConfigFactory.parseString(
                                        """
                                        akka {
                                          loglevel = WARNING
                                          log-dead-letters = off
                                          actor.provider = cluster
                                          remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                                          cluster.jmx.enabled = off
                                          coordinated-shutdown {
                                            exit-jvm = off
                                            run-by-jvm-shutdown-hook = off
                                            run-by-actor-system-terminate = off
                                          }
                                        }
                                        """))
                        .withFallback(ConfigFactory.load());
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "elohim", settings);
        try {
            Cluster cluster = Cluster.get(system);
            cluster.manager().tell(Join.create(cluster.selfMember().address()));
            var _ =
                    system.systemActorOf(
                            Replicas.create(NodeKey.generate().id(), regions),
                            "replicas",
                            Props.empty());
            assertTrue(hosted.await(20, TimeUnit.SECONDS), "hosted");
            assertTrue(reached.await(20, TimeUnit.SECONDS), "tried to reach");
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().join();
        }
    }
}
