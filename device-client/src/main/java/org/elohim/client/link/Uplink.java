package org.elohim.client.link;

import org.elohim.client.store.Nodes;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Proof;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionException;

/// What a device has with one node: a session that lasts, over connections that come and go.
///
/// Invariants: outputs of the session are carried out in their order, and none within another; the
/// node proves its key before anything is taken from it.
///
/// Belongs to the thread of its `Links`.
final class Uplink {
    // Thrice within the span in which a node takes us for gone.
    private static final long ALIVE_MILLIS = 15_000;
    private static final long SILENCE_MILLIS = 45_000;

    private final Links links;
    private final String url;
    private final NodeKey key;
    private final HttpClient http;
    private final Intake intake;
    private final Nodes nodes;
    private final Backoff backoff;
    private final Deque<Input> inputs = new ArrayDeque<>();
    private final Deque<Output> outputs = new ArrayDeque<>();
    private boolean running;
    private String token;
    private @Nullable NodeId node;
    private @Nullable SyncSession session;
    private @Nullable NodeSocket socket;
    private long connection;
    private Bytes challenge = Bytes.EMPTY;
    private Nodes.Link link = Nodes.Link.IDLE;
    private long retryAtMillis;
    private long heardAtMillis;
    private long saidAtMillis;
    private Nodes.Safety safety;
    private boolean safetyIsNews;
    private long safetyWrittenMillis;

    Uplink(Links links, Nodes.Node remembered) {
        this.links = links;
        this.url = remembered.url();
        this.token = remembered.token();
        this.node = remembered.identity().orElse(null);
        this.key = links.key();
        this.http = links.http();
        this.intake = links.intake();
        this.nodes = links.nodes();
        this.backoff = new Backoff(links::random);
        this.safety = nodes.safety(url);
    }

    String url() {
        return url;
    }

    /// Another token may be worth another try, and has another numbering.
    void token(String now) {
        if (token.equals(now)) {
            return;
        }
        if (link != Nodes.Link.BROKEN) {
            part("another token");
            say(Nodes.Link.IDLE, "");
        }
        session = null;
        token = now;
        safety = nodes.safety(url);
        safetyIsNews = false;
        backoff.reset();
        retryAtMillis = 0;
    }

    void hurry() {
        if (link == Nodes.Link.BROKEN) {
            link = Nodes.Link.IDLE;
            connect(links.nowMillis());
        }
    }

    void seek(DocumentId document) {
        feed(new Input.Seek(document));
    }

    void fresh(Input.Fresh fresh) {
        feed(fresh);
    }

    void tick(long nowMillis) {
        feed(new Input.Tick(nowMillis));
        writeSafety(nowMillis);
        switch (link) {
            case IDLE, BROKEN -> {
                if (nowMillis >= retryAtMillis) {
                    connect(nowMillis);
                }
            }
            case CONNECTING, CATCHING_UP, LEVEL -> {
                if (nowMillis - heardAtMillis >= SILENCE_MILLIS) {
                    lost("the node is silent");
                } else if (socket != null && nowMillis - saidAtMillis >= ALIVE_MILLIS) {
                    saidAtMillis = nowMillis;
                    socket.sendAlive();
                }
            }
        }
    }

    private void connect(long nowMillis) {
        connection++;
        heardAtMillis = nowMillis;
        say(Nodes.Link.CONNECTING, "");
        long number = connection;
        URI address =
                URI.create(url + "?token=" + URLEncoder.encode(token, StandardCharsets.UTF_8));
        var _ =
                NodeSocket.connect(http, address, new Heard(number))
                        .whenComplete(
                                (_, failed) -> {
                                    if (failed != null) {
                                        links.post(() -> lost(number, words(failed)));
                                    }
                                });
    }

    private static String words(Throwable failed) {
        Throwable cause =
                failed instanceof CompletionException && failed.getCause() != null
                        ? failed.getCause()
                        : failed;
        if (cause instanceof WebSocketHandshakeException refused) {
            int status = refused.getResponse().statusCode();
            return status == 401 || status == 403
                    ? "the node does not take this token; make a new one with ./elohim token new,"
                            + " and connect again"
                    : "what answers is no elohim-node (HTTP status " + status + ")";
        }
        return "the node cannot be reached";
    }

    /// What comes from the socket's own threads.
    private final class Heard implements NodeSocket.Listener {
        private final long number;

        Heard(long number) {
            this.number = number;
        }

        @Override
        public void opened(NodeSocket opened) {
            links.post(
                    () -> {
                        if (number == connection) {
                            socket = opened;
                        } else {
                            opened.close();
                        }
                    });
        }

        // Waiting here is what holds a node back that sends faster than the disk takes it.
        @Override
        public void message(SyncMessage message) {
            links.await(
                    () -> {
                        if (number == connection) {
                            received(message);
                        }
                    });
        }

        @Override
        public void alive() {
            links.post(() -> heardAtMillis = links.nowMillis());
        }

        @Override
        public void closed(String reason) {
            links.post(() -> lost(number, reason));
        }
    }

    private void received(SyncMessage message) {
        heardAtMillis = links.nowMillis();
        switch (message) {
            case SyncMessage.Challenge(var identity, var nonce, var _) when challenge.size() == 0 ->
                    challenged(identity, nonce);
            case SyncMessage.Hello hello when !Proof.holds(hello, key.id(), challenge) ->
                    lost("what answers does not hold the key of the node it names");
            case SyncMessage.Hello hello -> {
                say(Nodes.Link.CATCHING_UP, "");
                feed(new Input.Received(connection, hello));
                links.sought().forEach(this::seek);
            }
            default -> feed(new Input.Received(connection, message));
        }
        if (link == Nodes.Link.CATCHING_UP && session != null && session.hasAllOfPeer()) {
            say(Nodes.Link.LEVEL, "");
        }
        if (brings(message) || (session != null && session.isIdle())) {
            backoff.reset();
        }
    }

    // A greeting alone proves nothing: a node whose disk is full, or that has revoked the token,
    // greets as well, and would be tried, and sent to, several times a second.
    private static boolean brings(SyncMessage message) {
        return message instanceof SyncMessage.Ack
                || message instanceof SyncMessage.Events
                || message instanceof SyncMessage.Changes;
    }

    private void challenged(NodeId identity, Bytes nonce) {
        if (node != null && !node.equals(identity)) {
            lost(
                    "another node answers there (%s instead of %s); if that is meant, disconnect and connect again"
                            .formatted(identity, node));
            return;
        }
        if (node == null) {
            if (links.hasOther(this, identity)) {
                lost("this node is connected already, at another address");
                return;
            }
            nodes.recognise(url, identity);
            node = identity;
        }
        if (session == null) {
            session =
                    new SyncSession(
                            new SyncSession.Config(
                                    key.id(),
                                    identity,
                                    links.newRun(),
                                    SyncSession.CAPABILITIES,
                                    false,
                                    SyncSession.PERSIST_MILLIS,
                                    _ -> true,
                                    _ -> true),
                            nodes.find(url).orElseThrow().state());
        }
        challenge = links.nonce();
        // Else the session would take the time before its first tick for a long silence.
        feed(new Input.Tick(links.nowMillis()));
        feed(
                new Input.Connected(
                        connection, challenge, Proof.of(key.id(), identity, nonce, key::sign)));
    }

    private void lost(long number, String reason) {
        if (number == connection) {
            lost(reason);
        }
    }

    void lost(String reason) {
        if (link == Nodes.Link.BROKEN) {
            return;
        }
        retryAtMillis = links.nowMillis() + backoff.nextMillis();
        say(Nodes.Link.BROKEN, reason);
        part(reason);
    }

    private void part(String reason) {
        long number = connection;
        connection++;
        challenge = Bytes.EMPTY;
        NodeSocket open = socket;
        socket = null;
        if (open != null) {
            open.close(reason);
        }
        feed(new Input.Disconnected(number));
    }

    private void say(Nodes.Link now, String reason) {
        // A node that is away is tried again and again; that changes nothing for whoever asks.
        boolean tryingAgain = now == Nodes.Link.CONNECTING && link == Nodes.Link.BROKEN;
        link = now;
        if (!tryingAgain) {
            links.say(url, now, reason);
        }
    }

    // As often as positions are: it is told anew over the next connection.
    private void writeSafety(long nowMillis) {
        boolean due = nowMillis - safetyWrittenMillis >= SyncSession.PERSIST_MILLIS;
        if (safetyIsNews && (due || links.isAwaited())) {
            safetyIsNews = false;
            safetyWrittenMillis = nowMillis;
            // The cursors that it is compared with must not stand behind it.
            persist();
            links.isSafe(url, token, safety);
        }
    }

    /// Ends it for good, with what it has reached on the disk.
    void close(String reason) {
        feed(new Input.Closing(reason));
        if (socket != null) {
            socket.close(reason);
        }
    }

    /// What the peer has acknowledged, as of now.
    void persist() {
        if (session != null) {
            links.persist(url, token, session.state());
        }
    }

    private void feed(Input input) {
        if (session == null) {
            return;
        }
        inputs.add(input);
        if (running) {
            return;
        }
        running = true;
        try {
            while (!inputs.isEmpty() || !outputs.isEmpty()) {
                if (outputs.isEmpty()) {
                    outputs.addAll(session.handle(inputs.remove()));
                } else {
                    perform(outputs.remove());
                }
            }
        } catch (RuntimeException failed) {
            // A full disk, or a store that was damaged: what was not carried out is asked for again
            // over the next connection.
            inputs.clear();
            outputs.clear();
            running = false;
            lost(String.valueOf(failed.getMessage()));
        } finally {
            running = false;
        }
    }

    private void perform(Output output) {
        switch (output) {
            case Output.Send(long number, var message) -> {
                if (socket != null && number == connection) {
                    saidAtMillis = links.nowMillis();
                    socket.send(message);
                }
            }
            case Output.Close(long number, var reason) -> lost(number, reason);
            case Output.Take _, Output.TakeMark _ -> take(output);
            case Output.ReadPage read -> inputs.add(intake.page(read));
            case Output.TakeRuling _ -> throw new IllegalStateException("of no sibling: " + output);
            // A device has nobody to get it from.
            case Output.Obtain obtain -> inputs.add(new Input.Obtained(obtain.ticket()));
            case Output.ReadChanges read -> inputs.add(intake.changes(read));
            case Output.ReadDigests read -> inputs.add(intake.digests(read));
            case Output.CompareDigests compare -> inputs.add(intake.compared(peer(), compare));
            case Output.Persist(var state, _) -> links.persist(url, token, state);
            case Output.Acknowledged acknowledged -> {
                acknowledged.entries().forEach(this::acknowledged);
                links.acknowledged(this);
            }
            case Output.Reached(var _, var cursors) -> {
                safety = new Nodes.Safety(cursors, safety.obstacle());
                safetyIsNews = true;
            }
            case Output.Obstacle(var _, var words) -> {
                safety = new Nodes.Safety(safety.cursors(), words);
                safetyIsNews = true;
            }
            case Output.Refused(var refused) -> nodes.refused(url, token, refused);
        }
    }

    private void acknowledged(StreamEntry entry) {
        if (nodes.refuses(url, entry.document())) {
            nodes.acknowledged(url, entry.document(), intake.hashes(entry));
        }
    }

    // What comes together is written together: one wait for the disk.
    private void take(Output first) {
        List<Output> together = new ArrayList<>(List.of(first));
        while (outputs.peek() instanceof Output.Take || outputs.peek() instanceof Output.TakeMark) {
            together.add(outputs.remove());
        }
        inputs.addAll(intake.take(peer(), together));
        for (Output each : together) {
            if (each instanceof Output.Take take && nodes.refuses(url, take.document())) {
                nodes.has(url, take.document(), take.awaited());
            }
        }
        links.spread();
    }

    private NodeId peer() {
        if (node == null) {
            throw new IllegalStateException("a session with nobody");
        }
        return node;
    }
}
