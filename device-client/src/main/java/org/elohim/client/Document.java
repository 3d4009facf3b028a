package org.elohim.client;

import org.elohim.client.store.LocalStore;
import org.elohim.client.store.StoredEntry;
import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.Conflicts;
import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.Edit;
import org.elohim.crdt.EngineLost;
import org.elohim.crdt.Path;
import org.elohim.crdt.SizeGuard;
import org.elohim.crdt.Value;
import org.elohim.crdt.process.EngineProcess;
import org.elohim.crdt.process.VettedDocument;
import org.elohim.crdt.process.Vetting;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.ChunkReader;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.Tier;
import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/// One document on this device: a tree of maps, lists, texts, counters and plain values that
/// several devices change at once and that merges by itself.
public final class Document {
    private final DocumentId id;
    private final Replica replica;
    private final LocalStore store;
    private final EngineProcess engines;

    // All below belongs to the replica's thread.
    private final ReplicaOptions options;
    private ChangeGraph graph = new ChangeGraph(CostLimits.DEFAULT);
    private SizeGuard size;
    private int atWork;
    private Bytes actor = Bytes.EMPTY;
    private final Set<Bytes> ownActors = new HashSet<>();
    private long readThrough;
    private long seenVersion = -1;
    private long life;
    private @Nullable VettedDocument open;

    Document(
            DocumentId id,
            Replica replica,
            LocalStore store,
            EngineProcess engines,
            ReplicaOptions options) {
        this.options = options;
        this.size = sizeGuard(options);
        this.id = id;
        this.replica = replica;
        this.store = store;
        this.engines = engines;
    }

    private static SizeGuard sizeGuard(ReplicaOptions options) {
        return new SizeGuard(options.documentBytesMax(), options.documentOperationsMax());
    }

    public DocumentId id() {
        return id;
    }

    /// Carries out all steps as one change, or none of them. When it returns, the change is on the
    /// disk, and on its way to the nodes.
    ///
    /// @return what was written; that the document says so already; or why it cannot be done
    public CrdtEngine.Edited edit(Consumer<Edit> steps) {
        CrdtEngine.Edited edited = replica.call(() -> withEngine(engine -> written(engine, steps)));
        replica.wake();
        return edited;
    }

    /// Carries out the steps of this edit as one change, or none of them.
    public CrdtEngine.Edited edit(Edit steps) {
        return edit(all -> all.all(steps));
    }

    /// What stands at this place, or nothing.
    public Optional<Value> read(Path path) {
        return replica.call(
                () -> withEngine(engine -> isDeletedNow() ? Optional.empty() : engine.read(path)));
    }

    /// The whole document.
    public Value read() {
        return read(Path.ROOT).orElseGet(() -> new Value.Fields(Map.of()));
    }

    /// Where two have set the same place without knowing of each other: what is shown there, what
    /// stands behind it, and who wrote which. Empty where all has merged.
    ///
    /// An ordinary edit that sets the place ends the conflict on all devices, be it to one of these
    /// values or to another; so does one that deletes it. The whole document is looked through, so
    /// this costs about what reading it does.
    public Conflicts conflicts() {
        return replica.call(
                () -> withEngine(engine -> isDeletedNow() ? Conflicts.NONE : engine.conflicts()));
    }

    /// The actors under which this device has written in this document: whoever else is an author
    /// of a change is another device.
    public Set<Bytes> ownActors() {
        return replica.call(
                () -> {
                    refresh();
                    return Set.copyOf(ownActors);
                });
    }

    /// The changes that nothing builds on yet; two devices with the same heads have the same
    /// document.
    public List<ContentHash> heads() {
        return replica.call(
                () -> {
                    refresh();
                    return graph.heads();
                });
    }

    /// Every change of the document, each after what it builds on.
    public List<ContentHash> history() {
        return replica.call(
                () -> {
                    refresh();
                    return graph.missingSince(List.of()).hashes();
                });
    }

    /// The changes themselves, each after what it builds on.
    public List<Change> changes() {
        return replica.call(() -> stored(0));
    }

    /// Changes that are here but cannot be read, because the engine fails on them; with the reason.
    /// They are kept and passed on, and another version of the engine tries them again.
    public Map<ContentHash, String> quarantined() {
        return replica.call(() -> store.quarantined(id, AutomergeEngine.VERSION));
    }

    /// Deletes the document everywhere; it wins over all edits, earlier or later. Says whether
    /// there was anything to delete.
    public boolean delete() {
        boolean done = marked(false, StreamEntry.Kind.DELETED);
        replica.wake();
        return done;
    }

    /// Brings a deleted document back, as it was; nodes allow that for 30 days.
    public boolean restore() {
        boolean done = marked(true, StreamEntry.Kind.RESTORED);
        replica.wake();
        return done;
    }

    private boolean marked(boolean wasDeleted, StreamEntry.Kind kind) {
        return replica.call(
                () ->
                        store.write(
                                () -> {
                                    refresh();
                                    if (isDeletedNow() != wasDeleted || graph.size() == 0) {
                                        return false;
                                    }
                                    if (life >= SyncMessage.LIFE_MAX) {
                                        throw new IllegalStateException(
                                                "document %s was deleted and restored as often as is possible; go on in a new document"
                                                        .formatted(id));
                                    }
                                    store.mark(Lane.LOCAL, kind, id, null, life + 1);
                                    return true;
                                }));
    }

    public boolean isDeleted() {
        return replica.call(
                () -> {
                    refresh();
                    return isDeletedNow();
                });
    }

    private boolean isDeletedNow() {
        return life % 2 == 1;
    }

    /// Waits until what was changed in this document so far is as safe as wanted.
    public Reached await(Tier wanted, Duration timeout) {
        return replica.await(Optional.of(id), wanted, timeout);
    }

    /// Calls `listener` after this document has changed, by whomever; never for each single change
    /// where many come at once.
    public Subscription subscribe(Runnable listener) {
        return replica.subscribe(
                changed -> {
                    if (changed.equals(id)) {
                        listener.run();
                    }
                });
    }

    private CrdtEngine.Edited written(CrdtEngine engine, Consumer<Edit> steps) {
        if (isDeletedNow()) {
            return new CrdtEngine.Edited.Refused(
                    "document %s is deleted; restore it first".formatted(id));
        }
        CrdtEngine.Edited edited = engine.edit(steps);
        if (edited instanceof CrdtEngine.Edited.Committed(var chunks, var hashes)) {
            try {
                List<ChangeChunk> changes = ChunkReader.written(chunks);
                Optional<String> tooLarge = size.refusal(engine, graph.sizeBytes(), changes);
                if (tooLarge.isPresent()) {
                    letGo();
                    return new CrdtEngine.Edited.Refused(tooLarge.get());
                }
                store.write(() -> appended(changes));
            } catch (RuntimeException notKept) {
                // The engine has what the disk has not.
                letGo();
                throw notKept;
            }
            if (open != null) {
                open.wrote(hashes);
            }
            refresh();
        }
        return edited;
    }

    private boolean appended(List<ChangeChunk> changes) throws SQLException {
        store.append(Lane.LOCAL, id, null, changes);
        return true;
    }

    /// Once more with a new child, where the one that had the document is gone: it may have died
    /// with another document, or of a change that the next opening finds.
    private <T> T withEngine(Function<CrdtEngine, T> use) {
        atWork++;
        try {
            refresh();
            return use.apply(engine());
        } catch (EngineLost gone) {
            letGo();
            return use.apply(engine());
        } finally {
            atWork--;
        }
    }

    private CrdtEngine engine() {
        if (open == null) {
            open = opened();
        }
        return open.engine();
    }

    /// Once more under another actor, where changes of this one are left out: the engine would give
    /// the next change the number of one of these.
    private VettedDocument opened() {
        List<Change> changes = stored(0);
        Set<Bytes> spoiled = Set.of();
        while (true) {
            if (actor.size() == 0 || spoiled.contains(actor)) {
                actor = store.leaseActor(id, spoiled);
            }
            Set<ContentHash> known = store.quarantined(id, AutomergeEngine.VERSION).keySet();
            VettedDocument opened =
                    VettedDocument.of(
                            engines,
                            actor,
                            graph,
                            changes,
                            known,
                            Vetting.Terms.whole(Vetting.Blame.CRASHES));
            store.quarantine(id, AutomergeEngine.VERSION, opened.found().quarantined());
            spoiled = opened.actorsLeftOut();
            if (!spoiled.contains(actor)) {
                return opened;
            }
            opened.engine().close();
        }
    }

    /// Takes in what this and other processes have written since.
    private void refresh() {
        replica.used(this);
        long version = store.version();
        if (version == seenVersion && store.end() == readThrough) {
            return;
        }
        // Before reading: what comes in between is seen the next time.
        long end = store.end();
        for (StoredEntry entry : store.of(id, readThrough)) {
            List<Change> fresh = entry.changes().stream().map(Change::stored).toList();
            graph.apply(entry.ordering(), fresh);
            if (entry.lane() == Lane.LOCAL) {
                fresh.forEach(change -> ownActors.add(change.actor()));
            }
            life = Math.max(life, entry.life());
            readThrough = entry.ordering();
            if (open != null && !open.takes(fresh, graph)) {
                letGo();
            }
        }
        readThrough = Math.max(readThrough, end);
        seenVersion = version;
    }

    private List<Change> stored(long after) {
        return store.of(id, after).stream()
                .flatMap(entry -> entry.changes().stream())
                .map(Change::stored)
                .toList();
    }

    /// How many changes it keeps in memory.
    long size() {
        return graph.size();
    }

    /// Gives up what can be read again, but for the actor; says whether it has, for nobody was at
    /// work on it.
    boolean forget() {
        if (atWork > 0) {
            return false;
        }
        letGo();
        graph = new ChangeGraph(CostLimits.DEFAULT);
        size = sizeGuard(options);
        ownActors.clear();
        readThrough = 0;
        seenVersion = -1;
        life = 0;
        return true;
    }

    void letGo() {
        if (open != null) {
            open.engine().close();
            open = null;
        }
    }
}
