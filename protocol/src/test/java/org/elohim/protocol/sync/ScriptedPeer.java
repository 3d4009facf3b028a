package org.elohim.protocol.sync;

import static org.elohim.protocol.sync.Messages.document;
import static org.elohim.protocol.sync.Messages.hash;
import static org.elohim.protocol.sync.Messages.node;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.AfterEach;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One session and the words of its scripted peer.
abstract class ScriptedPeer {
    static final long EPOCH = 7;
    static final long RUN = 70;
    // Not what others take, to show that it is this that counts.
    static final long PERSIST_MILLIS = 700;
    static final long PEER_EPOCH = 8;
    static final long PEER_RUN = 80;
    static final DocumentId DOCUMENT = document(1);
    static final DocumentId OTHER = document(2);

    final Set<DocumentId> hidden = new HashSet<>();
    final Set<DocumentId> elsewhere = new HashSet<>();
    final Set<DocumentId> readOnly = new HashSet<>();
    boolean sibling;
    SyncSession session = session(Output.State.initial(EPOCH));
    final List<Output> last = new ArrayList<>();
    private final List<Output.ReadPage> reads = new ArrayList<>();
    long connection;

    @AfterEach
    void invariantsHold() {
        session.checkInvariants();
    }

    static Output.State state(long held, boolean compareDue) {
        return new Output.State(
                new Positions.Saved(EPOCH, 4, Map.of()), PEER_EPOCH, PEER_RUN, held, compareDue);
    }

    SyncSession session(Output.State state) {
        return new SyncSession(
                new SyncSession.Config(
                        node(1),
                        node(2),
                        RUN,
                        0,
                        sibling,
                        PERSIST_MILLIS,
                        id -> !hidden.contains(id),
                        id -> !readOnly.contains(id),
                        List.of(),
                        SyncSession.NO_LEAVE,
                        elsewhere::contains),
                state);
    }

    void connected() {
        connection++;
        feed(new Input.Connected(connection, Bytes.EMPTY, Bytes.EMPTY));
    }

    void open() {
        open(0);
    }

    void open(long acknowledged) {
        connected();
        receive(hello(PEER_RUN, acknowledged));
    }

    SyncMessage.Hello hello(long run, long acknowledged) {
        return new SyncMessage.Hello(
                1,
                node(2),
                0,
                PEER_EPOCH,
                run,
                connection,
                acknowledged,
                0,
                0,
                0,
                Bytes.EMPTY,
                Bytes.EMPTY);
    }

    SyncMessage.Hello hello(NodeId identity, long epoch, int version) {
        return new SyncMessage.Hello(
                version,
                identity,
                0,
                epoch,
                PEER_RUN,
                connection,
                0,
                0,
                0,
                0,
                Bytes.EMPTY,
                Bytes.EMPTY);
    }

    static SyncMessage.Events events(long position, Lane lane, ContentHash hash) {
        return new SyncMessage.Events(
                position, List.of(new SyncMessage.Event(DOCUMENT, List.of(hash), lane, List.of())));
    }

    static Input.Taken taken(long ticket, Set<ContentHash> durable, List<Input.Refusal> refused) {
        return new Input.Taken(ticket, durable, refused, List.of(), List.of(), List.of());
    }

    static Input.Taken missing(long ticket, ContentHash missing) {
        return new Input.Taken(ticket, Set.of(), List.of(), List.of(missing), List.of(), List.of());
    }

    static StreamEntry entry(long ordering, Lane lane, StreamEntry.Kind kind) {
        return entry(ordering, lane, kind, DOCUMENT);
    }

    static StreamEntry other(long ordering, StreamEntry.Kind kind) {
        return entry(ordering, Lane.LOCAL, kind, OTHER);
    }

    static StreamEntry entry(long ordering, Lane lane, StreamEntry.Kind kind, DocumentId document) {
        return switch (kind) {
            case CHANGES ->
                    StreamEntry.ofChanges(
                            ordering, lane, document, List.of(hash(1)), null, List.of());
            case WITHDRAWN -> StreamEntry.ofWithdrawal(ordering, lane, document);
            case DELETED -> StreamEntry.ofLife(ordering, lane, document, 1);
            case RESTORED -> StreamEntry.ofLife(ordering, lane, document, 2);
            case RULED ->
                    StreamEntry.ofRuling(ordering, lane, document, Messages.ruling(1), 0, null);
        };
    }

    void page(Lane lane) {
        page(lane, List.of(), true);
    }

    void page(Lane lane, List<StreamEntry> entries, boolean end) {
        Output.ReadPage read = lastRead(lane);
        long through = entries.isEmpty() ? read.after() : entries.getLast().ordering();
        feed(new Input.Page(read.ticket(), entries, through, end));
    }

    Output.ReadPage lastRead(Lane lane) {
        return reads.stream().filter(each -> each.lane() == lane).reduce((_, b) -> b).orElseThrow();
    }

    void receive(SyncMessage message) {
        feed(new Input.Received(connection, message));
    }

    void feed(Input input) {
        last.clear();
        last.addAll(session.handle(input));
        reads.addAll(outputs(Output.ReadPage.class));
    }

    <T extends Output> List<T> outputs(Class<T> type) {
        return last.stream().filter(type::isInstance).map(type::cast).toList();
    }

    <T extends SyncMessage> List<T> sent(Class<T> type) {
        return outputs(Output.Send.class).stream()
                .map(Output.Send::message)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    List<Lane> kinds() {
        return sent(SyncMessage.Events.class).stream()
                .flatMap(events -> events.events().stream())
                .map(SyncMessage.Event::kind)
                .toList();
    }

    Output.Take take() {
        return outputs(Output.Take.class).getFirst();
    }

    String failure() {
        return sent(SyncMessage.Failure.class).stream()
                .map(SyncMessage.Failure::text)
                .findFirst()
                .orElse("");
    }

    String closed() {
        return outputs(Output.Close.class).stream()
                .map(Output.Close::reason)
                .findFirst()
                .orElse("");
    }
}
