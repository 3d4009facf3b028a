package org.elohim.client;

import org.elohim.client.store.LocalStore;
import org.elohim.client.store.StoredEntry;
import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.Edit;
import org.elohim.crdt.EngineLost;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.crdt.process.Candidate;
import org.elohim.crdt.process.EngineProcess;
import org.elohim.crdt.process.Vetting;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Chunk;
import org.elohim.protocol.change.ChunkReader;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final ChangeGraph graph = new ChangeGraph(CostLimits.DEFAULT);
    private final Map<ContentHash, Change> changes = new HashMap<>();
    private long readThrough;
    private long seenVersion = -1;
    private @Nullable Open open;

    /// The engine, and which entries it has.
    private static final class Open {
        final CrdtEngine engine;
        final Bytes actor;

        Open(CrdtEngine engine, Bytes actor) {
            this.engine = engine;
            this.actor = actor;
        }
    }

    Document(DocumentId id, Replica replica, LocalStore store, EngineProcess engines) {
        this.id = id;
        this.replica = replica;
        this.store = store;
        this.engines = engines;
    }

    public DocumentId id() {
        return id;
    }

    /// Carries out all steps as one change, or none of them. When it returns, the change is on the
    /// disk.
    ///
    /// @return what was written; that the document says so already; or why it cannot be done
    public CrdtEngine.Edited edit(Consumer<Edit> steps) {
        return replica.call(() -> withEngine(engine -> written(engine, steps)));
    }

    /// What stands at this place, or nothing.
    public Optional<Value> read(Path path) {
        return replica.call(() -> withEngine(engine -> engine.read(path)));
    }

    /// The whole document.
    public Value read() {
        return read(Path.ROOT).orElseGet(() -> new Value.Fields(Map.of()));
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

    /// Changes that are here but cannot be read, because the engine fails on them; with the reason.
    /// They are kept and passed on: a later version may read them.
    public Map<ContentHash, String> quarantined() {
        return replica.call(() -> store.quarantined(id));
    }

    private CrdtEngine.Edited written(CrdtEngine engine, Consumer<Edit> steps) {
        CrdtEngine.Edited edited = engine.edit(steps);
        if (edited instanceof CrdtEngine.Edited.Committed(var chunks, var _)) {
            List<Bytes> bytes = changes(chunks).stream().map(Change::bytes).toList();
            try {
                store.write(
                        () -> store.append(Lane.LOCAL, StreamEntry.Kind.CHANGES, id, null, bytes));
            } catch (RuntimeException notKept) {
                // The engine has what the disk has not.
                letGo();
                throw notKept;
            }
            refresh();
        }
        return edited;
    }

    private static List<Change> changes(Bytes chunks) {
        var found = new ArrayList<Change>();
        var reader = new ChunkReader(chunks);
        while (reader.hasNext()) {
            if (reader.next() instanceof Decoded.Parsed<Chunk>(ChangeChunk change)) {
                found.add(change);
            } else {
                throw new IllegalStateException("the engine wrote what is no change");
            }
        }
        return found;
    }

    /// Once more with a new child, where the one that had the document is gone: it may have died
    /// with another document.
    private <T> T withEngine(Function<CrdtEngine, T> use) {
        refresh();
        try {
            return use.apply(engine());
        } catch (EngineLost gone) {
            letGo();
            return use.apply(engine());
        }
    }

    private CrdtEngine engine() {
        if (open == null) {
            Bytes actor = store.leaseActor(id);
            Map<ContentHash, String> bad = store.quarantined(id);
            Vetting.Vetted vetted =
                    Vetting.open(engines, actor, candidates(), bad.keySet(), _ -> {});
            store.quarantine(id, vetted.quarantined());
            open = new Open(vetted.engine(), actor);
        }
        return open.engine;
    }

    // What readers see of a fork, and only what the engine can read.
    private List<Candidate> candidates() {
        return graph.visible(graph.missingSince(List.of())).hashes().stream()
                .map(this::change)
                .filter(ChangeChunk.class::isInstance)
                .map(change -> new Candidate(change.hash(), change.deps(), change.bytes()))
                .toList();
    }

    private Change change(ContentHash hash) {
        Change change = changes.get(hash);
        if (change == null) {
            throw new IllegalStateException("change without bytes: " + hash);
        }
        return change;
    }

    /// Takes in what this and other processes have written since.
    private void refresh() {
        long version = store.version();
        long end = store.end();
        if (version == seenVersion && end == readThrough) {
            return;
        }
        for (StoredEntry entry : store.of(id)) {
            if (entry.ordering() > readThrough) {
                take(entry);
            }
        }
        readThrough = end;
        seenVersion = version;
    }

    private void take(StoredEntry entry) {
        List<Change> fresh = entry.changes().stream().map(Document::stored).toList();
        graph.apply(entry.ordering(), fresh);
        fresh.forEach(change -> changes.put(change.hash(), change));
        boolean own = open != null && fresh.stream().allMatch(c -> c.actor().equals(open.actor));
        if (open != null && !own) {
            // Somebody else's: opened anew, so that what kills an engine is found and left out.
            letGo();
        }
    }

    private static Change stored(Bytes bytes) {
        return switch (Change.parse(bytes)) {
            case Decoded.Parsed<? extends Change>(var change) -> change;
            case Decoded.Malformed<? extends Change>(var reason) ->
                    throw new IllegalStateException("the store holds a damaged change: " + reason);
        };
    }

    void letGo() {
        if (open != null) {
            open.engine.close();
            open = null;
        }
    }
}
