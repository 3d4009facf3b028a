package org.elohim.cluster.push;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.Damaged;
import org.elohim.cluster.journal.JournalReader;
import org.elohim.cluster.sync.Grant;
import org.elohim.cluster.sync.Onlookers;
import org.elohim.cluster.sync.SyncCounters.Counter;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.id.DocumentId;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/// One client that subscribes to documents, and is told of their changes as they are journaled.
///
/// Invariants: it hears of nothing that is not fsynced, nor of a document that its token may not
/// read now; one page of the journal is read at a time, and none while what it was sent is stuck,
/// so a slow client costs one page.
public final class PushClient extends AbstractBehavior<PushClient.Command> {
    /// Each costs a place in a map.
    public static final int DOCUMENTS_MAX = 10_000;

    private static final String REVOKED = "its token was revoked";

    /// What can happen to it.
    public sealed interface Command {
        /// It wants to hear of a document.
        ///
        /// @param viewed whether the client wants to be shown what the document says
        record Subscribe(DocumentId document, Optional<Place> from, boolean viewed)
                implements Command {}

        record Unsubscribe(DocumentId document) implements Command {}

        /// What came cannot be understood.
        record Broken(String reason) implements Command {}

        /// What it was sent is no longer stuck.
        record Drained() implements Command {}

        record Disconnected() implements Command {}

        /// The node ends the connection.
        record End(String reason) implements Command {}

        /// Something was fsynced of a document.
        record Moved(DocumentId document) implements Command {}

        /// The family's other nodes were asked for the document.
        record Looked(DocumentId document) implements Command {}

        record Read(DocumentId document, long from, JournalReader.Page<Subscription.Entry> page)
                implements Command {}

        /// The last news of a page can be told, with what the document says by now.
        record Viewed(
                DocumentId document, Subscription of, Subscription.Taken taken, Views.View view)
                implements Command {}

        record Unread(DocumentId document, Throwable why) implements Command {}
    }

    private final PushClients.Node node;
    private final PushCarrier carrier;
    private final Grant.OfToken grant;
    private final Onlookers.Onlooker onlooker;
    private final Map<DocumentId, Subscription> documents = new HashMap<>();
    // Of which there may be something to be told.
    private final SequencedSet<DocumentId> waiting = new LinkedHashSet<>();
    private boolean reading;
    private boolean over;

    private PushClient(
            ActorContext<Command> context,
            PushClients.Node node,
            PushCarrier carrier,
            Grant.OfToken grant) {
        super(context);
        this.node = node;
        this.carrier = carrier;
        this.grant = grant;
        ActorRef<Command> self = context.getSelf();
        this.onlooker =
                new Onlookers.Onlooker(
                        document -> self.tell(new Command.Moved(document)),
                        () -> self.tell(new Command.End(REVOKED)));
        if (!node.onlookers().enter(onlooker, grant.token())) {
            context.getSelf().tell(new Command.End(REVOKED));
        }
    }

    static Behavior<Command> create(
            PushClients.Node node, PushCarrier carrier, Grant.OfToken grant) {
        return Behaviors.setup(context -> new PushClient(context, node, carrier, grant));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.class, this::on)
                .onSignal(PostStop.class, _ -> stopped())
                .build();
    }

    private Behavior<Command> stopped() {
        node.onlookers().leave(onlooker, grant.token(), List.copyOf(documents.keySet()));
        return this;
    }

    private Behavior<Command> on(Command command) {
        switch (command) {
            case Command.Subscribe(var document, var from, boolean viewed) ->
                    subscribe(document, new Subscription(from, viewed));
            case Command.Unsubscribe(var document) -> unsubscribe(document);
            case Command.Broken(var reason) -> {
                node.counters().count(Counter.FRAMES_MALFORMED);
                end(reason);
            }
            case Command.Drained() -> next();
            case Command.Disconnected() -> over = true;
            case Command.End(var reason) -> end(reason);
            case Command.Moved(var document) -> look(document);
            case Command.Looked(var document) -> look(document);
            case Command.Read(var document, long from, var page) -> read(document, from, page);
            case Command.Viewed viewed -> viewed(viewed);
            case Command.Unread(var document, var why) -> unread(document, why);
        }
        return over ? Behaviors.stopped() : this;
    }

    private void end(String reason) {
        if (!over) {
            carrier.failed(reason);
            carrier.close(reason);
            over = true;
        }
    }

    private void subscribe(DocumentId document, Subscription subscription) {
        if (!documents.containsKey(document) && documents.size() >= DOCUMENTS_MAX) {
            end("more than " + DOCUMENTS_MAX + " documents over one connection");
            return;
        }
        node.onlookers().watch(onlooker, document);
        documents.put(document, subscription);
        if (node.index().find(document).isPresent() || document.isLedger()) {
            look(document);
        } else {
            getContext()
                    .pipeToSelf(
                            node.elsewhere()
                                    .obtain(
                                            document,
                                            reach -> grant.allows(Access.READ, document, reach)),
                            (_, _) -> new Command.Looked(document));
        }
    }

    private void unsubscribe(DocumentId document) {
        node.onlookers().unwatch(onlooker, document);
        documents.remove(document);
        waiting.remove(document);
        carrier.unsubscribed(document);
    }

    private void look(DocumentId document) {
        if (documents.containsKey(document)) {
            waiting.add(document);
            next();
        }
    }

    private boolean mayRead(DocumentId document) {
        return !document.isLedger()
                && node.index().isReadable(document)
                && node.index()
                        .find(document)
                        .filter(known -> !known.deleted())
                        .filter(known -> grant.allows(Access.READ, document, known.reach()))
                        .isPresent();
    }

    private void next() {
        while (!over && !reading && !waiting.isEmpty() && !carrier.isCongested()) {
            DocumentId document = waiting.removeFirst();
            Subscription subscription = documents.get(document);
            if (subscription != null) {
                boolean available = mayRead(document);
                if (subscription.becomes(available)) {
                    carrier.stands(document, available);
                }
                if (available) {
                    read(document, subscription.next());
                }
            }
        }
    }

    private void read(DocumentId document, long from) {
        reading = true;
        getContext()
                .pipeToSelf(
                        node.journal()
                                .events(
                                        Document.persistenceId(document).id(),
                                        from,
                                        Long.MAX_VALUE,
                                        PushClient::entry),
                        (page, failed) ->
                                failed == null
                                        ? new Command.Read(document, from, page)
                                        : new Command.Unread(document, failed));
    }

    private static Subscription.Entry entry(Committed committed) {
        return new Subscription.Entry(
                committed.sequenceNumber(),
                committed.event() instanceof Document.Event.ChangesAccepted accepted
                        ? accepted.changes()
                        : List.of());
    }

    private void read(DocumentId document, long from, JournalReader.Page<Subscription.Entry> page) {
        reading = false;
        Subscription subscription = documents.get(document);
        // It may have been subscribed to anew meanwhile, or may not be read any more.
        if (subscription != null && subscription.next() == from && mayRead(document)) {
            Subscription.Taken taken = subscription.take(page.entries(), page.end());
            if (subscription.isViewed() && !taken.news().isEmpty() && !taken.again()) {
                view(document, subscription, taken);
                return;
            }
            tell(document, taken, Optional.empty());
        } else if (subscription != null) {
            waiting.add(document);
        }
        next();
    }

    /// Of a page the last news carries the view: it shows all of them. Nothing else is read
    /// meanwhile, so that what is said stays in order.
    private void view(DocumentId document, Subscription of, Subscription.Taken taken) {
        reading = true;
        getContext()
                .pipeToSelf(
                        node.views().of(document, grant),
                        (view, failed) ->
                                new Command.Viewed(
                                        document,
                                        of,
                                        taken,
                                        failed == null
                                                ? view
                                                : new Views.View.Hidden(
                                                        String.valueOf(failed.getMessage()))));
    }

    private void viewed(Command.Viewed viewed) {
        reading = false;
        if (viewed.of() == documents.get(viewed.document())) {
            if (mayRead(viewed.document())) {
                tell(viewed.document(), viewed.taken(), Optional.of(viewed.view()));
            } else {
                viewed.of().putBack(viewed.taken());
                waiting.add(viewed.document());
            }
        }
        next();
    }

    private void tell(
            DocumentId document, Subscription.Taken taken, Optional<Views.View> viewOfLast) {
        for (Subscription.News news : taken.news()) {
            carrier.changed(
                    document,
                    news.place(),
                    news.changes(),
                    news.equals(taken.news().getLast()) ? viewOfLast : Optional.empty());
        }
        node.counters().count(Counter.FRAMES_SENT, taken.news().size());
        if (taken.again()) {
            waiting.add(document);
        }
    }

    private void unread(DocumentId document, Throwable why) {
        reading = false;
        if (Damaged.in(why).isPresent()) {
            node.index().unreadable(document);
            look(document);
        } else {
            getContext().getLog().warn("no answer for a client: {}", why.toString());
            end("the node could not read its journal in time; subscribe again from where you are");
        }
    }
}
