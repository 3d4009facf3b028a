package org.elohim.node.family;

import akka.actor.BootstrapSetup;
import akka.actor.setup.ActorSystemSetup;
import akka.actor.typed.ActorSystem;
import akka.remote.artery.tcp.SSLEngineProviderSetup;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

import org.elohim.cluster.family.FamilyLines;
import org.elohim.cluster.family.Roles;
import org.elohim.node.config.NodeConfig;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.id.NodeId;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The lines on which a node's actors speak with those of the family's other nodes.
///
/// Invariants: without a family key nobody but this machine can reach them; with one, whoever lacks
/// it comes no further than the handshake.
public final class MemberLines {
    private static final String ARTERY = "akka.remote.artery.";

    private MemberLines() {}

    /// At which address the others speak with the actors of this node.
    public static String address(ActorSystem<?> system) {
        return system.settings().config().getString(ARTERY + "canonical.hostname");
    }

    /// How the actor system is to be set up.
    ///
    /// @param settings all others
    /// @param lines of the family, nothing where the node has none
    public static ActorSystemSetup setup(
            Config settings,
            NodeConfig.Cluster config,
            NodeId node,
            Part part,
            Optional<FamilyLines> lines) {
        Map<String, Object> own = new HashMap<>();
        own.put("akka.cluster.roles", Roles.of(node, part));
        if (lines.isPresent()) {
            own.put(ARTERY + "transport", "tls-tcp");
            own.put(ARTERY + "canonical.hostname", OwnAddress.of(config).toString());
            own.put(ARTERY + "canonical.port", config.membersPort());
            own.put(ARTERY + "bind.hostname", config.listen().toString());
        }
        var setup =
                ActorSystemSetup.create(
                        BootstrapSetup.create(
                                ConfigFactory.load(
                                        ConfigFactory.parseMap(own).withFallback(settings))));
        return lines.map(family -> setup.withSetup(SSLEngineProviderSetup.create(_ -> family)))
                .orElse(setup);
    }
}
