package org.elohim.crdt;

import org.automerge.ChangeHash;
import org.automerge.Document;
import org.automerge.Transaction;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.Chunk;
import org.elohim.protocol.change.ChunkReader;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The engine in this very process, on automerge-java.
///
/// Invariants: every native object is freed; no patches are made, no transaction is started in the
/// past, no null reaches a native call, and no second thread: each of these aborts the JVM. A
/// change with a valid checksum and a bad body aborts it too, and cannot be told beforehand:
/// foreign changes belong into the child process of `EngineProcess`.
public final class AutomergeEngine implements CrdtEngine {
    private final Thread owner = Thread.currentThread();
    private final Document document;
    private boolean closed;

    private AutomergeEngine(Document document) {
        this.document = document;
    }

    public static AutomergeEngine open(Bytes actor) {
        if (actor.size() == 0 || actor.size() > ChunkReader.ACTOR_BYTES_MAX) {
            throw new IllegalArgumentException("actor bytes=" + actor.size());
        }
        return new AutomergeEngine(new Document(actor.toArray()));
    }

    @Override
    public Applied apply(Bytes chunks) {
        confine();
        if (parse(chunks) instanceof Decoded.Malformed<List<Chunk>>(var reason)) {
            return new Applied.Malformed(reason);
        }
        try {
            document.applyEncodedChanges(chunks.toArray());
            return new Applied.Taken();
        } catch (RuntimeException refused) {
            return new Applied.Malformed("the engine refuses it: " + refused.getMessage());
        }
    }

    /// All chunks, or why one of them is none. The native library would swallow rubbish silently.
    static Decoded<List<Chunk>> parse(Bytes chunks) {
        var reader = new ChunkReader(chunks);
        var all = new ArrayList<Chunk>();
        while (reader.hasNext()) {
            switch (reader.next()) {
                case Decoded.Malformed<Chunk>(var reason) -> {
                    return new Decoded.Malformed<>(reason);
                }
                case Decoded.Parsed<Chunk>(var chunk) -> all.add(chunk);
            }
        }
        return new Decoded.Parsed<>(all);
    }

    @Override
    public Edited edit(Consumer<Edit> steps) {
        var edit = new Edit();
        steps.accept(edit);
        return edit(edit.steps());
    }

    public Edited edit(List<Edit.Step> steps) {
        confine();
        if (steps.isEmpty()) {
            // Each transaction leaks some bytes in the library, so an empty one is not started.
            return new Edited.Unchanged();
        }
        ChangeHash[] before = document.getHeads();
        try (Transaction transaction = document.startTransaction()) {
            var writer = new TreeWriter(transaction);
            steps.forEach(writer::write);
            if (transaction.commit().isEmpty()) {
                return new Edited.Unchanged();
            }
        } catch (RuntimeException refused) {
            return new Edited.Refused(String.valueOf(refused.getMessage()));
        }
        Bytes written = Bytes.copyOf(document.encodeChangesSince(before));
        return new Edited.Committed(
                written, changes(written).stream().map(ChangeChunk::hash).toList());
    }

    private static List<ChangeChunk> changes(Bytes written) {
        return switch (parse(written)) {
            case Decoded.Malformed<List<Chunk>>(var reason) ->
                    throw new IllegalStateException(
                            "the engine wrote what is no change: " + reason);
            case Decoded.Parsed<List<Chunk>>(var chunks) ->
                    chunks.stream()
                            .filter(ChangeChunk.class::isInstance)
                            .map(ChangeChunk.class::cast)
                            .toList();
        };
    }

    @Override
    public Optional<Value> read(Path path) {
        confine();
        return TreeReader.read(document, path);
    }

    @Override
    public Optional<Value> view(long sizeMax) {
        confine();
        return TreeReader.view(document, sizeMax);
    }

    @Override
    public Conflicts conflicts() {
        confine();
        return ConflictReader.read(
                document, changes(Bytes.copyOf(document.encodeChangesSince(new ChangeHash[0]))));
    }

    @Override
    public List<ContentHash> heads() {
        confine();
        return Arrays.stream(document.getHeads())
                .map(head -> new ContentHash(Bytes.copyOf(head.getBytes())))
                .sorted()
                .toList();
    }

    @Override
    public Bytes save() {
        confine();
        return Bytes.copyOf(document.save());
    }

    @Override
    public void close() {
        if (!closed) {
            confine();
            closed = true;
            document.free();
        }
    }

    private void confine() {
        if (!Thread.currentThread().equals(owner)) {
            throw new IllegalStateException(
                    "document of thread " + owner + " used by " + Thread.currentThread());
        }
        if (closed) {
            throw new IllegalStateException("document used after close");
        }
    }
}
