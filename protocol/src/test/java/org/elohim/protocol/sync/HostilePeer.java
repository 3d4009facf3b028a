package org.elohim.protocol.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Ruling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A session whose peer says whatever it likes, and whose disk answers late or never.
///
/// Invariants: the session's own hold after each step, or the step throws.
final class HostilePeer {
    // The disk holds back no more questions than this; the oldest are never answered then.
    private static final int ASKED_MAX = 10_000;

    private final SyncSession session;

    HostilePeer(boolean sibling) {
        session =
                new SyncSession(
                        new SyncSession.Config(
                                Messages.node(1),
                                Messages.node(2),
                                5,
                                0,
                                sibling,
                                SyncSession.PERSIST_MILLIS,
                                _ -> true,
                                id -> id.uuid().at(0) % 2 == 0,
                                List.of(),
                                SyncSession.NO_LEAVE,
                                id -> id.uuid().at(0) % 3 == 0),
                        new Output.State(Positions.Saved.initial(3), 0, 0, 0, true));
        reconnect();
    }

    private final Deque<Output> asked = new ArrayDeque<>();
    private final List<StreamEntry> journal = new ArrayList<>();
    private static final long RUN = 4;

    private long connection;
    private long nowMillis = 1;

    void wait(int millis) {
        nowMillis += millis;
        run(new Input.Tick(nowMillis));
    }

    void reconnect() {
        connect();
        say(hello(RUN));
    }

    List<Output> connect() {
        connection++;
        return run(new Input.Connected(connection, Bytes.EMPTY, Bytes.EMPTY));
    }

    void cut() {
        run(new Input.Disconnected(connection));
    }

    List<Output> say(SyncMessage message) {
        return run(new Input.Received(connection, message));
    }

    /// Something is written here, for the peer or not.
    void write(Lane lane, StreamEntry.Kind kind, int document) {
        List<ContentHash> hashes =
                kind == StreamEntry.Kind.CHANGES ? List.of(Messages.hash(document)) : List.of();
        var entry =
                new StreamEntry(
                        journal.size() + 1,
                        lane,
                        kind,
                        Messages.document(document),
                        hashes,
                        document % 3 == 0 ? Messages.node(2) : null,
                        List.of(),
                        switch (kind) {
                            case CHANGES, WITHDRAWN, RULED -> 0;
                            case DELETED -> 1;
                            case RESTORED -> 2;
                        },
                        kind == StreamEntry.Kind.RULED ? Messages.ruling(1) : Ruling.NONE);
        journal.add(entry);
        run(Input.Fresh.of(entry));
    }

    void raise(long position, Tier tier) {
        run(new Input.Raised(position, tier));
    }

    /// The oldest question is answered as a disk might.
    void answer() {
        if (!asked.isEmpty()) {
            run(answer(asked.remove()));
        }
    }

    /// What was to be taken oldest turns out to be no change.
    void poison() {
        if (asked.peek() instanceof Output.Take take) {
            asked.remove();
            run(new Input.Poisoned(take.ticket(), "poisoned"));
        }
    }

    void checkThatAnHonestPeerGetsIn() {
        List<Output> greeting = connect();
        if (greeting.stream()
                .noneMatch(o -> o instanceof Output.Send(long to, var _) && to == connection)) {
            throw new AssertionError("no greeting: " + greeting);
        }
        // One that lies about its attempts shuts out its own run, and nobody else.
        List<Output> after = say(hello(RUN + 1));
        if (after.stream().anyMatch(Output.Close.class::isInstance)) {
            throw new AssertionError("an honest peer is not let in: " + after);
        }
    }

    private SyncMessage hello(long run) {
        return new SyncMessage.Hello(
                1, Messages.node(2), 0, 9, run, connection, 0, 3, 5, 0, Bytes.EMPTY, Bytes.EMPTY);
    }

    private List<Output> run(Input input) {
        List<Output> outputs = session.handle(input);
        session.checkInvariants();
        for (Output output : outputs) {
            if (asks(output)) {
                asked.add(output);
            }
        }
        while (asked.size() > ASKED_MAX) {
            asked.remove();
        }
        return outputs;
    }

    private static boolean asks(Output output) {
        return switch (output) {
            case Output.ReadPage _,
                    Output.Take _,
                    Output.TakeMark _,
                    Output.TakeRuling _,
                    Output.ReadChanges _,
                    Output.Obtain _,
                    Output.ReadDigests _,
                    Output.CompareDigests _ ->
                    true;
            case Output.Send _,
                    Output.Close _,
                    Output.Persist _,
                    Output.Acknowledged _,
                    Output.Reached _,
                    Output.Obstacle _,
                    Output.Refused _ ->
                    false;
        };
    }

    private Input answer(Output question) {
        return switch (question) {
            case Output.ReadPage read -> page(read);
            case Output.Take take -> {
                Set<ContentHash> half = new HashSet<>();
                take.awaited().stream().filter(h -> h.bytes().at(0) % 2 == 0).forEach(half::add);
                List<ContentHash> rest =
                        take.awaited().stream().filter(h -> !half.contains(h)).toList();
                yield new Input.Taken(take.ticket(), half, List.of(), rest, List.of(), List.of());
            }
            case Output.TakeMark mark ->
                    new Input.Taken(
                            mark.ticket(), Set.of(), List.of(), List.of(), List.of(), List.of());
            case Output.TakeRuling ruling -> Settlement.noted(ruling.ticket(), List.of());
            case Output.ReadChanges read -> new Input.ChangesRead(read.ticket(), List.of());
            case Output.Obtain obtain -> new Input.Obtained(obtain.ticket());
            case Output.ReadDigests read -> new Input.DigestsRead(read.ticket(), List.of(), true);
            case Output.CompareDigests compare ->
                    new Input.Compared(
                            compare.ticket(),
                            compare.digests().stream()
                                    .filter(digest -> digest.heads().bytes().at(0) % 2 == 0)
                                    .map(d -> new Input.Differing(d.document(), List.of()))
                                    .toList());
            case Output.Send _,
                    Output.Close _,
                    Output.Persist _,
                    Output.Acknowledged _,
                    Output.Reached _,
                    Output.Obstacle _,
                    Output.Refused _ ->
                    throw new AssertionError("asks nothing: " + question);
        };
    }

    private Input page(Output.ReadPage read) {
        List<StreamEntry> entries =
                journal.stream()
                        .filter(e -> e.lane() == read.lane() && e.ordering() > read.after())
                        .limit(read.entriesMax())
                        .toList();
        boolean end = entries.size() < read.entriesMax();
        long through = end ? journal.size() : entries.getLast().ordering();
        return new Input.Page(read.ticket(), entries, Math.max(read.after(), through), end);
    }
}
