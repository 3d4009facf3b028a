package org.elohim.cluster.ledger;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.Damaged;
import org.elohim.cluster.journal.JournalReader;
import org.elohim.cluster.journal.Patience;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.ledger.Ledger;
import org.elohim.protocol.ledger.LedgerChange;
import org.elohim.protocol.ledger.LedgerEntry;
import org.elohim.protocol.ledger.LedgerTip;
import org.elohim.protocol.ledger.Reconciliation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Keeps the family's ledger and this node's [Tokens] the same, and writes what this node has to
/// tell its family.
///
/// Invariants: whatever happens leads to the same comparison of both, so it does not matter between
/// which two writes the node died; one comparison at a time; what was written is known here before
/// the next one. Neither a device's sync nor a token's answer ever waits for this.
public final class LedgerKeeper extends AbstractBehavior<LedgerKeeper.Command> {
    // What a full disk or a busy one has kept from being written.
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(10);
    // Of the largest entries some megabytes; the rest follows.
    private static final int ENTRIES_PER_WRITE_MAX = 1_000;

    /// What can be said.
    public sealed interface Command {
        /// Another node of the family has proved who it is.
        record MetNode(NodeId node) implements Command {}

        /// Another node of the family goes for good. Answered once that is written down.
        record Part(NodeId node, ActorRef<Done> replyTo) implements Command {}

        /// Wants to hear of each node that has gone for good, by whoever's word, and of its return.
        record OnGone(Lives listener) implements Command {}

        /// A device has proved who it is, and came with this token.
        record MetDevice(NodeId device, ContentHash token) implements Command {}

        /// This node leads in this term from now on, or leads no more.
        record Act(Optional<Term> term) implements Command {}

        record Tell(ActorRef<All> replyTo) implements Command {}

        /// Whether all that this node has to tell the family lies in the ledger by now.
        record HasToldAll(ActorRef<ToldAll> replyTo) implements Command {}

        /// Of the journal: the ledger's document has grown.
        record Grew(long sequenceNumber, List<Bytes> changes) implements Command {
            public Grew {
                changes = List.copyOf(changes);
            }
        }

        /// Of the journal: tokens were issued or revoked.
        record TokensChanged() implements Command {}

        /// Of the journal, at the start.
        record Read(JournalReader.Page<Growth> page) implements Command {}

        record Compare(Tokens.Known known) implements Command {}

        record Settled() implements Command {}

        record Failed(Throwable why) implements Command {}

        /// Of a timer.
        record Again() implements Command {}
    }

    /// Whether all lies in the ledger that this node has to tell.
    public enum ToldAll {
        YES,
        NOT_YET,
        /// Nor ever will, in this process: the ledger cannot be read here.
        NEVER
    }

    /// What is known of devices.
    ///
    /// @param lastSeen here, since this process began
    /// @param nodes whose entries count
    /// @param ignored how many changes were passed over
    public record All(
            List<Ledger.Device> devices, Map<NodeId, Instant> lastSeen, int nodes, int ignored) {
        public All {
            devices = List.copyOf(devices);
            lastSeen = Map.copyOf(lastSeen);
        }
    }

    /// What it is told once and finds nowhere again: it outlives a failure, after which the rest is
    /// read anew.
    private static final class Heard {
        final Meetings meetings;
        final Arrivals arrivals = new Arrivals();
        Optional<Term> acting = Optional.empty();

        Heard(NodeId self) {
            meetings = new Meetings(self);
        }
    }

    private enum Phase {
        LOADING,
        IDLE,
        BUSY,
        /// Until the node starts again, with another journal perhaps.
        UNREADABLE
    }

    private final TimerScheduler<Command> timers;
    private final NodeKey key;
    private final LedgerErrands errands;
    private final JournalReader journal;
    private final InstantSource clock;
    private final Ledger ledger;
    private final LedgerTip tip;
    private final Heard heard;
    private final Meetings meetings;
    private final Arrivals arrivals;
    private final List<Command.Grew> grownMeanwhile = new ArrayList<>();
    private Phase phase = Phase.LOADING;
    private boolean askedMeanwhile;
    // Compared since anything has changed, and found the same.
    private boolean settled;
    private long read;
    private int ignored;
    private List<LedgerEntry> written = List.of();

    private LedgerKeeper(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            NodeKey key,
            ActorRef<Tokens.Command> tokens,
            ActorRef<Documents.Command> documents,
            JournalReader journal,
            InstantSource clock,
            Heard heard) {
        super(context);
        context.setLoggerName(LedgerKeeper.class);
        this.timers = timers;
        this.key = key;
        this.errands = new LedgerErrands(tokens, documents, context.getSystem().scheduler());
        this.journal = journal;
        this.clock = clock;
        this.ledger = new Ledger(key.id());
        this.tip = new LedgerTip(key);
        this.heard = heard;
        this.meetings = heard.meetings;
        this.arrivals = heard.arrivals;
        load();
    }

    /// Reads the ledger from the journal; has to hear of all that is committed, see [#hearing].
    public static Behavior<Command> create(
            NodeKey key,
            ActorRef<Tokens.Command> tokens,
            ActorRef<Documents.Command> documents,
            JournalReader journal,
            InstantSource clock) {
        var heard = new Heard(key.id());
        Behavior<Command> keeper =
                Behaviors.setup(
                        context ->
                                Behaviors.withTimers(
                                        timers ->
                                                new LedgerKeeper(
                                                        context, timers, key, tokens, documents,
                                                        journal, clock, heard)));
        return Behaviors.supervise(keeper).onFailure(Patience.restart());
    }

    /// To be told of each commit, before anything is written.
    public static Consumer<List<Committed>> hearing(ActorRef<Command> keeper) {
        return batch -> {
            for (Committed committed : batch) {
                if (committed.event() instanceof Document.Event.ChangesAccepted accepted
                        && accepted.document().isLedger()) {
                    keeper.tell(new Command.Grew(committed.sequenceNumber(), accepted.changes()));
                } else if (committed.event() instanceof Tokens.Event) {
                    keeper.tell(new Command.TokensChanged());
                }
            }
        };
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onMessage(Command.class, this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Command.MetNode(var node) -> {
                if (meetings.met(node, ledger)) {
                    settle();
                }
            }
            case Command.Part(var node, var replyTo) -> {
                meetings.goes(node, replyTo);
                if (phase != Phase.LOADING) {
                    meetings.follow(ledger);
                }
                settle();
            }
            case Command.OnGone(var listener) -> meetings.hear(listener);
            case Command.MetDevice(var device, var token) -> {
                if (arrivals.met(device, token, clock.instant(), ledger.knows(device))) {
                    settle();
                }
            }
            case Command.Act(var term) -> {
                // Whoever signs a registration is its leader.
                heard.acting = term.filter(each -> each.leader().equals(key.id()));
                settle();
            }
            case Command.Tell(var replyTo) ->
                    replyTo.tell(
                            new All(
                                    ledger.devices(),
                                    arrivals.lastSeen(),
                                    ledger.nodes(),
                                    ledger.ignored()));
            case Command.HasToldAll(var replyTo) ->
                    replyTo.tell(
                            phase == Phase.UNREADABLE
                                    ? ToldAll.NEVER
                                    : settled ? ToldAll.YES : ToldAll.NOT_YET);
            case Command.Grew grew -> {
                if (phase == Phase.LOADING) {
                    grownMeanwhile.add(grew);
                } else if (grew.sequenceNumber() > read) {
                    take(Growth.of(grew.sequenceNumber(), grew.changes()));
                    meetings.follow(ledger);
                    settle();
                }
            }
            case Command.TokensChanged() -> settle();
            case Command.Read(var page) -> read(page);
            case Command.Compare(var known) -> compare(known);
            case Command.Settled() -> {
                phase = Phase.IDLE;
                settle();
            }
            case Command.Failed(var why) -> failed(why);
            case Command.Again() -> {
                if (phase == Phase.LOADING) {
                    load();
                } else {
                    settle();
                }
            }
        }
        return this;
    }

    private void load() {
        getContext()
                .pipeToSelf(
                        journal.events(
                                Document.persistenceId(DocumentId.LEDGER).id(),
                                read + 1,
                                Long.MAX_VALUE,
                                Growth::of),
                        (page, failed) ->
                                failed == null
                                        ? new Command.Read(page)
                                        : new Command.Failed(failed));
    }

    private void read(JournalReader.Page<Growth> page) {
        page.entries().forEach(this::take);
        if (!page.end()) {
            load();
            return;
        }
        phase = Phase.IDLE;
        grownMeanwhile.stream()
                .filter(grew -> grew.sequenceNumber() > read)
                .map(grew -> Growth.of(grew.sequenceNumber(), grew.changes()))
                .forEach(this::take);
        grownMeanwhile.clear();
        meetings.follow(ledger);
        settle();
    }

    private void take(Growth growth) {
        for (LedgerChange change : growth.changes()) {
            ledger.add(change);
            tip.follow(change);
        }
        read = growth.sequenceNumber();
    }

    private void settle() {
        settled = false;
        if (phase != Phase.IDLE) {
            askedMeanwhile = true;
            return;
        }
        phase = Phase.BUSY;
        askedMeanwhile = false;
        getContext()
                .pipeToSelf(
                        errands.known(),
                        (known, failed) ->
                                failed == null
                                        ? new Command.Compare(known)
                                        : new Command.Failed(failed));
    }

    private void compare(Tokens.Known known) {
        var due = Reconciliation.of(ledger, LedgerErrands.comparable(known));
        List<LedgerEntry> entries = toWrite(due, known);
        if (entries.isEmpty() && due.isDone()) {
            warnOfIgnored();
            phase = Phase.IDLE;
            settled = true;
            if (askedMeanwhile) {
                settle();
            }
            return;
        }
        if (!entries.isEmpty() && entries.equals(written)) {
            failed(new IllegalStateException("what was written is not there: " + entries));
            return;
        }
        written = entries;
        getContext()
                .pipeToSelf(
                        errands.learn(due)
                                .thenCombine(
                                        errands.write(tip.write(entries)),
                                        (_, _) -> new Command.Settled()),
                        (settled, failed) -> failed == null ? settled : new Command.Failed(failed));
    }

    // Only now: of a node that was just met, changes may come before it counts.
    private void warnOfIgnored() {
        if (ledger.ignored() > ignored) {
            getContext()
                    .getLog()
                    .warn(
                            "the family's ledger holds {} changes that no node known here has"
                                    + " written, or that cannot be read; they are passed over",
                            ledger.ignored());
        }
        ignored = ledger.ignored();
    }

    private List<LedgerEntry> toWrite(Reconciliation due, Tokens.Known known) {
        List<LedgerEntry> entries = new ArrayList<>(meetings.toWrite(ledger));
        entries.addAll(due.toWrite());
        entries.addAll(arrivals.toTell(ledger, known));
        heard.acting.ifPresent(term -> entries.addAll(ledger.due(term, clock.millis())));
        return entries.stream().limit(ENTRIES_PER_WRITE_MAX).toList();
    }

    private void failed(Throwable why) {
        Optional<Damaged> damaged = Damaged.in(why);
        if (damaged.isPresent()) {
            phase = Phase.UNREADABLE;
            getContext()
                    .getLog()
                    .error(
                            "the family's ledger cannot be read here: {}. Tokens that are known"
                                + " here go on working, and what other nodes issue or revoke is not"
                                + " heard of. Restore the node's data directory from a backup, and"
                                + " start it again.",
                            damaged.get().getMessage());
            return;
        }
        getContext()
                .getLog()
                .warn(
                        "the family's ledger is not brought up to date for now, and tried again:"
                                + " {}",
                        why.toString());
        if (phase == Phase.BUSY) {
            phase = Phase.IDLE;
            written = List.of();
        }
        timers.startSingleTimer(new Command.Again(), AGAIN_AFTER);
    }
}
