package org.elohim.cluster.blob;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.pattern.StatusReply;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.SnapshotAdapter;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.SignalHandler;

import org.elohim.cluster.journal.NotWritten;
import org.elohim.cluster.journal.Patience;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Draft;
import org.elohim.protocol.blob.replication.Lane;
import org.elohim.protocol.blob.replication.ReachTotals;
import org.elohim.protocol.blob.replication.ReplicationEvent;
import org.elohim.protocol.blob.replication.ReplicationQueue;
import org.elohim.protocol.blob.replication.Replications;
import org.elohim.protocol.blob.replication.Sight;
import org.elohim.protocol.blob.replication.Stage;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// All blobs of one node: takes in what happens to them, writes it down in batches, and has done
/// what follows, a bounded number of steps at a time.
///
/// Whatever comes while a row is written goes into the next one, so that the more there is to do,
/// the less each of it costs.
///
/// The file is long because it holds all that can be said to it; what follows is decided in
/// `org.elohim.protocol.blob.replication`.
///
/// Invariants: who is answered is so after the row with it is on the disk; a step is begun only
/// once that from which it follows is; nothing is decided before it is known who the family is.
public final class BlobReplicator
        extends EventSourcedBehavior<BlobReplicator.Command, BlobLog.Event, Replications> {
    private static final Logger LOG = LoggerFactory.getLogger(BlobReplicator.class);

    /// A row of so many blobs has some tens of kilobytes.
    static final int BATCH_MAX = 1_000;

    static final int LOOKED_AT_ONCE = 500;
    // Most want nothing, which is found out without looking at each.
    private static final int PASSED_AT_ONCE = 10_000;
    // Behind the time that a reboot is given; then seldom, as all blobs are looked at.
    private static final Duration LOOK_AFTER = Duration.ofSeconds(61);
    private static final Duration LOOK_EVERY = Duration.ofMinutes(10);

    /// What can be said to it.
    public sealed interface Command {}

    /// What has happened, to be written down with whatever else has.
    sealed interface News extends Command {}

    /// A blob was put here, and its content is on the disk.
    ///
    /// Ten thousand may come in a second, for each of which asking would make an actor and a timer.
    ///
    /// @param lettingsGo [Steps#lettingsGo] from before the store was told to keep it
    /// @param written completed with its turn, in this actor's thread
    public record Accept(
            ContentHash blob,
            long sizeBytes,
            Reach reach,
            long lettingsGo,
            CompletableFuture<Long> written)
            implements News {}

    /// Another node has given a piece, which is on the disk; see [ReplicationEvent.Adopted].
    ///
    /// @param lettingsGo as for [Accept]
    /// @param written as for [Accept]
    public record Adopt(
            ReplicationEvent.Adopted adopted, long lettingsGo, CompletableFuture<Long> written)
            implements News {}

    /// This steward, perhaps this node, wants the blob no more; answered also where it is not
    /// known.
    public record Abandon(
            ContentHash blob, NodeId by, long turn, ActorRef<StatusReply<Long>> replyTo)
            implements News {}

    /// Something has happened to a blob's copies, as that one is damaged.
    public record Notice(ContentHash blob, ReplicationEvent event) implements News {}

    /// Answers once the blob is durable, or when there is no more time.
    public record Await(ContentHash blob, Duration patience, ActorRef<Reached> replyTo)
            implements Command {}

    /// The full nodes of the family, all of them, as they are seen now.
    public record See(SortedMap<NodeId, Sight.Seen> nodes) implements Command {
        public See {
            nodes = new TreeMap<>(nodes);
        }
    }

    /// The node's disk is another one: it has nothing any more.
    public record LoseAll(NodeId node) implements Command {}

    /// Answered after what was said before it is written down.
    public record Look(ActorRef<View> replyTo) implements News {}

    /// How much there is of each reach, however much that is; answered after what was said before
    /// it is written down.
    public record Measure(ActorRef<Measured> replyTo) implements News {}

    /// What is known of one blob: a page of one, or of none; answered after what was said before it
    /// is written down.
    public record Find(ContentHash blob, ActorRef<Page> replyTo) implements News {}

    /// The first blobs with numbers above this one.
    public record Leaf(long after, ActorRef<Page> replyTo) implements Command {}

    private record Ended(
            ReplicationQueue queue, ReplicationQueue.Start start, Steps.Outcome outcome)
            implements News {}

    private record Write() implements Command {}

    // Goes through all of them in small steps; `lost` has lost all it had.
    private record GoThrough(long after, long round, @Nullable NodeId lost) implements Command {}

    private record Wake() implements Command {}

    private record LookAgain() implements Command {}

    /// How far a blob has come.
    ///
    /// @param why not further, in words; empty where it is durable
    public record Reached(Stage stage, String why) {}

    /// Some blobs, in the order of their numbers.
    public record Page(List<Replications.Numbered> blobs) {
        public Page {
            blobs = List.copyOf(blobs);
        }
    }

    /// Of the blobs that somebody wants and this node sees to, or keeps something of.
    public record Measured(Map<Reach, ReachTotals.Total> reaches) {
        public Measured {
            reaches = Map.copyOf(reaches);
        }
    }

    /// What there is to be seen.
    ///
    /// @param blobs at each stage
    /// @param oldest blob of each stage that has any
    public record View(
            Map<Stage, Integer> blobs,
            Map<Stage, ContentHash> oldest,
            ReplicationQueue.View queue) {
        public View {
            blobs = Map.copyOf(blobs);
            oldest = Map.copyOf(oldest);
        }
    }

    private final NodeId self;
    private final Steps steps;
    private final InstantSource clock;
    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final LogRhythm snapshots = new LogRhythm();
    // What a start without a snapshot begins with; it changes from then on, and Akka asks once.
    private final Replications beginning;

    // All of this is forgotten when the actor starts again, and follows from its journal.
    private List<News> news = new ArrayList<>();
    private List<Runnable> refusals = List.of();
    private ReplicationQueue queue;
    private Awaiting awaiting = new Awaiting();
    private @Nullable SortedMap<NodeId, Sight.Seen> nodes;
    private long round;

    private BlobReplicator(
            NodeId self,
            Steps steps,
            InstantSource clock,
            ActorContext<Command> context,
            TimerScheduler<Command> timers) {
        super(PersistenceId.of("Blobs", self.toString()), Patience.restart());
        this.self = self;
        this.steps = steps;
        this.clock = clock;
        this.context = context;
        this.timers = timers;
        this.queue = new ReplicationQueue(self);
        this.beginning = new Replications(self);
    }

    public static Behavior<Command> create(NodeId self, Steps steps, InstantSource clock) {
        return Behaviors.setup(
                context ->
                        Behaviors.withTimers(
                                timers -> new BlobReplicator(self, steps, clock, context, timers)));
    }

    @Override
    public Replications emptyState() {
        return beginning;
    }

    @Override
    public EventHandler<Replications, BlobLog.Event> eventHandler() {
        return (state, event) -> {
            switch (event) {
                case BlobLog.Event.Written(_, var recorded) -> {
                    state.evolve(recorded);
                    snapshots.happened(recorded);
                }
            }
            return state;
        };
    }

    @Override
    public CommandHandler<Command, BlobLog.Event, Replications> commandHandler() {
        return this::decide;
    }

    private Effect<BlobLog.Event, Replications> decide(Replications state, Command command) {
        return switch (command) {
            case Look(var replyTo) when news.isEmpty() -> Effect().reply(replyTo, view(state));
            case Measure(var replyTo) when news.isEmpty() ->
                    Effect().reply(replyTo, new Measured(state.reaches()));
            case Find(var blob, var replyTo) when news.isEmpty() ->
                    Effect().reply(replyTo, page(state, blob));
            case News some -> {
                if (news.isEmpty()) {
                    // Comes behind everything that is waiting now.
                    context.getSelf().tell(new Write());
                }
                news.add(some);
                yield Effect().none();
            }
            case Write() -> write(state);
            case Await await -> {
                await(state, await);
                yield Effect().none();
            }
            case See(var seen) -> {
                nodes = seen;
                seen.values().stream()
                        .filter(Sight.Seen::isHere)
                        .forEach(each -> queue.isBack(each.holder().node()));
                goThroughAll(LOOK_AFTER);
                yield Effect().none();
            }
            case LoseAll(var node) -> {
                round++;
                context.getSelf().tell(new GoThrough(0, round, node));
                yield Effect().none();
            }
            case GoThrough page -> goThrough(state, page);
            case LookAgain() -> {
                goThroughAll(LOOK_EVERY);
                yield Effect().none();
            }
            case Wake() -> {
                endWaiting(state);
                start(state);
                yield Effect().none();
            }
            case Leaf(long after, var replyTo) ->
                    Effect().reply(replyTo, new Page(state.after(after, LOOKED_AT_ONCE)));
        };
    }

    private static Page page(Replications state, ContentHash blob) {
        return new Page(state.find(blob).stream().toList());
    }

    private Optional<Sight> sight() {
        SortedMap<NodeId, Sight.Seen> seen = nodes;
        return seen == null ? Optional.empty() : Optional.of(new Sight(self, seen, clock.millis()));
    }

    private Effect<BlobLog.Event, Replications> write(Replications state) {
        List<News> batch = List.copyOf(news.subList(0, Math.min(BATCH_MAX, news.size())));
        news = new ArrayList<>(news.subList(batch.size(), news.size()));
        if (!news.isEmpty()) {
            context.getSelf().tell(new Write());
        }
        Draft draft = state.draft();
        var answers = new Answers();
        Set<Long> touched = new LinkedHashSet<>();
        for (News each : batch) {
            take(draft, each, answers, touched);
        }
        sight().ifPresent(draft::settle);
        return record(draft, touched, answers);
    }

    // What is said once a row is on the disk, or will never be.
    private static final class Answers {
        final List<Consumer<Replications>> words = new ArrayList<>();
        final List<Runnable> refusals = new ArrayList<>();

        void add(ActorRef<StatusReply<Long>> to, long turn) {
            words.add(_ -> to.tell(StatusReply.success(turn)));
            refusals.add(() -> refuse(to));
        }

        void add(CompletableFuture<Long> written, long turn) {
            words.add(_ -> written.complete(turn));
            refusals.add(() -> refuse(written));
        }
    }

    private void take(Draft draft, News some, Answers answers, Collection<Long> touched) {
        switch (some) {
            case Accept(var blob, long size, var reach, long lettingsGo, var written) ->
                    answers.add(
                            written,
                            draft.accepted(blob, size, reach, lettingsGo == steps.lettingsGo()));
            case Adopt(var adopted, long lettingsGo, var written) ->
                    answers.add(written, adopted(draft, adopted, lettingsGo == steps.lettingsGo()));
            case Look(var replyTo) -> answers.words.add(after -> replyTo.tell(view(after)));
            case Measure(var replyTo) ->
                    answers.words.add(after -> replyTo.tell(new Measured(after.reaches())));
            case Find(var blob, var replyTo) ->
                    answers.words.add(after -> replyTo.tell(page(after, blob)));
            case Abandon(var blob, var by, long turn, var replyTo) -> {
                draft.find(blob)
                        .ifPresent(
                                known ->
                                        draft.happened(
                                                known.number(),
                                                new ReplicationEvent.Abandoned(by, turn)));
                answers.add(replyTo, turn);
            }
            case Notice(var blob, var event) ->
                    draft.find(blob).ifPresent(known -> draft.happened(known.number(), event));
            case Ended ended -> {
                touched.add(ended.start().number());
                take(draft, ended);
            }
        }
    }

    private static long adopted(Draft draft, ReplicationEvent.Adopted adopted, boolean isReferred) {
        return draft.adopted(
                adopted.blob(),
                adopted.sizeBytes(),
                adopted.reach(),
                adopted.piece(),
                adopted.stewards(),
                adopted.manifest(),
                isReferred);
    }

    private void take(Draft draft, Ended ended) {
        // What an earlier run of this actor has begun is in nobody's queue, but it has happened.
        boolean isOurs = ended.queue() == queue;
        ReplicationQueue.Start start = ended.start();
        switch (ended.outcome()) {
            case Steps.Outcome.Happened(var event) -> {
                if (isOurs) {
                    queue.done(start);
                }
                draft.happened(start.number(), event);
            }
            case Steps.Outcome.HolderFailed(var reason) -> {
                LOG.info("blobs: a step failed node={} reason={}", start.node(), reason);
                if (isOurs) {
                    queue.failed(start, clock.millis());
                }
            }
            case Steps.Outcome.BlobFailed(var reason) -> {
                LOG.info("blobs: a step failed number={} reason={}", start.number(), reason);
                if (isOurs) {
                    queue.setAside(start, clock.millis());
                }
            }
        }
    }

    private Effect<BlobLog.Event, Replications> record(
            Draft draft, Collection<Long> alsoTouched, Answers answers) {
        Set<Long> touched = new LinkedHashSet<>(alsoTouched);
        touched.addAll(draft.touched());
        List<BlobLog.Event> row =
                draft.isEmpty()
                        ? List.of()
                        : List.of(new BlobLog.Event.Written(self, draft.recorded()));
        refusals = answers.refusals;
        return Effect()
                .persist(row)
                .thenRun(
                        after -> {
                            refusals = List.of();
                            answers.words.forEach(word -> word.accept(after));
                            Optional<Sight> sight = sight();
                            touched.forEach(number -> want(after, number, sight));
                            start(after);
                        });
    }

    private void want(Replications state, long number, Optional<Sight> sight) {
        Optional<BlobReplication> blob = state.at(number).map(Replications.Numbered::blob);
        if (blob.isEmpty() || sight.isEmpty()) {
            queue.want(number, Lane.REPAIR, List.of());
            return;
        }
        BlobReplication known = blob.get();
        queue.want(number, lane(known, sight.get()), known.steps(sight.get()));
        if (known.stage() == Stage.DURABLE && awaiting.isAwaited(known.blob())) {
            awaiting.answer(known.blob(), reached(Optional.of(known)));
        }
    }

    private static Lane lane(BlobReplication blob, Sight sight) {
        if (blob.isUrgent(sight)) {
            return Lane.URGENT;
        }
        boolean isFresh = blob.promised() == 0 && blob.stage() != Stage.KEPT;
        return isFresh ? Lane.FRESH : Lane.REPAIR;
    }

    private void start(Replications state) {
        long now = clock.millis();
        for (var next = queue.next(now); next.isPresent(); next = queue.next(now)) {
            ReplicationQueue.Start start = next.get();
            ReplicationQueue begunIn = queue;
            BlobReplication blob = state.at(start.number()).orElseThrow().blob();
            context.pipeToSelf(
                    steps.carryOut(blob, start.step()),
                    (outcome, failure) ->
                            new Ended(
                                    begunIn,
                                    start,
                                    outcome == null
                                            ? new Steps.Outcome.BlobFailed(String.valueOf(failure))
                                            : outcome));
        }
        wakeLater(now);
    }

    private void wakeLater(long now) {
        OptionalLong failed = queue.wakesAt(now);
        OptionalLong waiting = awaiting.nextEnd();
        long at = Math.min(failed.orElse(Long.MAX_VALUE), waiting.orElse(Long.MAX_VALUE));
        if (at < Long.MAX_VALUE) {
            timers.startSingleTimer("wake", new Wake(), Duration.ofMillis(Math.max(1, at - now)));
        }
    }

    // Once more after this time where somebody is away: what it holds may have to be made anew
    // then.
    private void goThroughAll(Duration again) {
        round++;
        context.getSelf().tell(new GoThrough(0, round, null));
        SortedMap<NodeId, Sight.Seen> seen = nodes;
        if (seen != null && !seen.values().stream().allMatch(Sight.Seen::isHere)) {
            timers.startSingleTimer("look", new LookAgain(), again);
        }
    }

    private Effect<BlobLog.Event, Replications> goThrough(Replications state, GoThrough page) {
        Optional<Sight> sight = sight();
        // A later round begins again; but who has lost all has lost it of all.
        if (page.lost() == null && (page.round() != round || sight.isEmpty())) {
            return Effect().none();
        }
        Replications.Passed passed = pass(state, page, sight);
        if (passed.last() == 0) {
            return Effect().none();
        }
        context.getSelf().tell(new GoThrough(passed.last(), page.round(), page.lost()));
        List<Replications.Numbered> some = passed.unsettled();
        Draft draft = state.draft();
        for (Replications.Numbered each : some) {
            NodeId lost = page.lost();
            if (lost != null && each.blob().copies().nodes().contains(lost)) {
                draft.happened(each.number(), new ReplicationEvent.Lost(lost));
            }
            sight.ifPresent(now -> draft.settle(each.number(), now));
        }
        return record(
                draft, some.stream().map(Replications.Numbered::number).toList(), new Answers());
    }

    private Replications.Passed pass(Replications state, GoThrough page, Optional<Sight> sight) {
        if (page.lost() == null && sight.isPresent()) {
            return state.pass(
                    page.after(), PASSED_AT_ONCE, LOOKED_AT_ONCE, sight.get(), queue::contains);
        }
        List<Replications.Numbered> some = state.after(page.after(), LOOKED_AT_ONCE);
        return new Replications.Passed(some, some.isEmpty() ? 0 : some.getLast().number());
    }

    private void await(Replications state, Await await) {
        Optional<BlobReplication> known = state.find(await.blob()).map(Replications.Numbered::blob);
        Reached reached = reached(known);
        long until = clock.millis() + await.patience().toMillis();
        if (reached.stage() == Stage.DURABLE
                || !awaiting.add(await.blob(), await.replyTo(), until)) {
            await.replyTo().tell(reached);
            return;
        }
        wakeLater(clock.millis());
    }

    private void endWaiting(Replications state) {
        awaiting.over(clock.millis())
                .forEach(
                        (blob, all) -> {
                            Reached reached =
                                    reached(state.find(blob).map(Replications.Numbered::blob));
                            all.forEach(each -> each.tell(reached));
                        });
    }

    private Reached reached(Optional<BlobReplication> known) {
        if (known.isEmpty()) {
            return new Reached(Stage.ACCEPTED, "nothing was written down of it yet");
        }
        BlobReplication blob = known.get();
        Optional<Sight> sight = sight();
        if (blob.stage() == Stage.DURABLE) {
            return new Reached(Stage.DURABLE, "");
        }
        String why =
                sight.map(now -> Words.whyNotDurable(blob, now))
                        .orElse("it is not known yet who the family's nodes are");
        return new Reached(blob.stage(), why);
    }

    private View view(Replications state) {
        Map<Stage, ContentHash> oldest = new EnumMap<>(Stage.class);
        for (Stage stage : Stage.values()) {
            state.oldest(stage).stream()
                    .mapToObj(state::at)
                    .flatMap(Optional::stream)
                    .forEach(each -> oldest.put(stage, each.blob().blob()));
        }
        return new View(state.counts(), oldest, queue.view(clock.millis()));
    }

    @Override
    public SignalHandler<Replications> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), _ -> goThroughAll(LOOK_EVERY))
                .onSignal(PreRestart.instance(), _ -> forget())
                .onSignal(PostStop.instance(), _ -> forget())
                .build();
    }

    // Who waited for what was not written is told so; who waits for it to be durable asks again.
    private void forget() {
        refusals.forEach(Runnable::run);
        news.forEach(
                some -> {
                    switch (some) {
                        case Accept(_, _, _, _, var written) -> refuse(written);
                        case Adopt(_, _, var written) -> refuse(written);
                        case Abandon(_, _, _, var replyTo) -> refuse(replyTo);
                        case Notice _, Ended _, Look _, Measure _, Find _ -> {}
                    }
                });
        beginning.clear();
        snapshots.taken();
        refusals = List.of();
        news = new ArrayList<>();
        queue = new ReplicationQueue(self);
        awaiting = new Awaiting();
    }

    private static void refuse(CompletableFuture<Long> written) {
        written.completeExceptionally(new NotWritten());
    }

    private static void refuse(ActorRef<StatusReply<Long>> replyTo) {
        replyTo.tell(StatusReply.error(new NotWritten()));
    }

    @Override
    public SnapshotAdapter<Replications> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(Replications state) {
                return new BlobLog.Pages(self, state.frozen());
            }

            @Override
            public Replications fromJournal(Object stored) {
                snapshots.taken();
                return switch (stored) {
                    case Replications read -> read;
                    case BlobLog.Snapshot old -> old.restored();
                    default ->
                            throw new IllegalStateException(
                                    "no snapshot of blobs: " + stored.getClass());
                };
            }
        };
    }

    @Override
    public boolean shouldSnapshot(Replications state, BlobLog.Event event, long sequenceNumber) {
        return snapshots.isDue(state.size());
    }
}
