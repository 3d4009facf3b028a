package org.elohim.node.family;

import akka.Done;
import akka.NotUsed;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.http.javadsl.Http;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.server.Route;
import akka.http.javadsl.settings.ServerSettings;
import akka.io.Inet;
import akka.io.TcpSO;
import akka.stream.SystemMaterializer;
import akka.stream.TLSClosing;
import akka.stream.TLSProtocol.SslTlsInbound;
import akka.stream.TLSProtocol.SslTlsOutbound;
import akka.stream.javadsl.BidiFlow;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.TLS;
import akka.stream.javadsl.Tcp;
import akka.util.ByteString;

import org.elohim.cluster.family.FamilyTls;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.family.FirstWords;
import org.elohim.protocol.family.Strangers.Entry;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/// The family's door: connections of anybody, and behind the handshake HTTP for the family.
///
/// Invariants: who fails the handshake is counted and told of; an address that does so again and
/// again costs no handshakes any more, except where its first words name the family.
final class Door {
    private static final int BACKLOG = 100;
    // Of a connection on which nothing is said, not even that somebody is there.
    private static final Duration IDLE_MAX = Duration.ofSeconds(60);
    // A handshake and the first words behind it.
    private static final Duration PROOF_WITHIN = Duration.ofSeconds(10);

    private final ActorSystem<?> system;
    private final FamilyTls tls;
    private final Supplier<Set<String>> tags;
    private final Doorkeeper doorkeeper;

    /// @param tags of the family's keys
    Door(ActorSystem<?> system, FamilyTls tls, Supplier<Set<String>> tags, Doorkeeper doorkeeper) {
        this.system = system;
        this.tls = tls;
        this.tags = tags;
        this.doorkeeper = doorkeeper;
    }

    /// Opens it. It is shut with the actor system.
    CompletionStage<InetSocketAddress> open(String listen, int port, Route route) {
        Flow<HttpRequest, HttpResponse, NotUsed> handler = route.flow(system);
        List<Inet.SocketOption> options = List.of(TcpSO.tcpNoDelay(true));
        return Tcp.get(system)
                .bind(listen, port, BACKLOG, options, false, Optional.of(IDLE_MAX))
                .to(Sink.foreach(connection -> serve(connection, handler)))
                .run(SystemMaterializer.get(system).materializer())
                .thenApply(
                        binding -> {
                            CoordinatedShutdown.get(system)
                                    .addTask(
                                            CoordinatedShutdown.PhaseServiceUnbind(),
                                            "shut the family's door",
                                            () -> binding.unbind().thenApply(_ -> Done.done()));
                            return binding.localAddress();
                        });
    }

    private void serve(
            Tcp.IncomingConnection connection, Flow<HttpRequest, HttpResponse, NotUsed> handler) {
        var materializer = SystemMaterializer.get(system).materializer();
        Doorkeeper.Visit visit = doorkeeper.arrives(connection.remoteAddress());
        if (visit.entry() == Entry.AWAY) {
            connection.handleWith(
                    Flow.fromSinkAndSource(Sink.cancelled(), Source.empty()), materializer);
            return;
        }
        Flow<ByteString, ByteString, NotUsed> wire =
                Flow.of(ByteString.class)
                        .viaMat(connection.flow(), Keep.left())
                        .statefulMap(
                                () -> false,
                                (begun, bytes) -> {
                                    if (!begun) {
                                        visit.says(
                                                FirstWords.of(
                                                        Bytes.copyOf(bytes.toArray()), tags.get()));
                                    }
                                    return akka.japi.Pair.create(true, bytes);
                                },
                                _ -> Optional.empty());
        BidiFlow<SslTlsOutbound, ByteString, ByteString, SslTlsInbound, NotUsed> lines =
                TLS.create(() -> tls.createServerSSLEngine("", 0), TLSClosing.eagerClose());
        Flow<SslTlsInbound, SslTlsInbound, NotUsed> proved =
                Flow.of(SslTlsInbound.class)
                        .initialTimeout(PROOF_WITHIN)
                        .map(
                                said -> {
                                    visit.proved();
                                    return said;
                                })
                        .watchTermination(
                                (_, ended) -> {
                                    ended.whenComplete((_, failed) -> visit.ended(failed));
                                    return NotUsed.getInstance();
                                });
        var watched = BidiFlow.fromFlows(Flow.of(SslTlsOutbound.class), proved);
        ServerSettings settings = ServerSettings.create(system.classicSystem());
        Http.get(system)
                .serverLayer(
                        // So that whoever is asked knows by whom.
                        settings.withParserSettings(
                                settings.getParserSettings().withIncludeSslSessionAttribute(true)),
                        Optional.of(connection.remoteAddress()))
                .atop(watched)
                .atop(lines)
                .join(wire)
                .join(handler)
                .run(materializer);
    }
}
