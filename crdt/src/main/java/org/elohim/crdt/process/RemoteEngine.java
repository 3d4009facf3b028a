package org.elohim.crdt.process;

import org.elohim.crdt.Conflicts;
import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.Edit;
import org.elohim.crdt.EngineLost;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A document in a child process. Any thread may use it.
final class RemoteEngine implements CrdtEngine {
    private final EngineProcess process;
    private final Child host;
    private final long document;
    private volatile boolean counted;

    RemoteEngine(EngineProcess process, Child host, long document, boolean counted) {
        this.process = process;
        this.host = host;
        this.document = document;
        this.counted = counted;
    }

    void start(Bytes actor) {
        ask(new Request.Open(document, actor));
    }

    /// From now on its child's death counts.
    void trusted() {
        counted = true;
    }

    @Override
    public Applied apply(Bytes chunks) {
        try {
            return taken(chunks);
        } catch (EngineLost lost) {
            return new Applied.Killed(String.valueOf(lost.getMessage()));
        }
    }

    /// The same, where it matters of what the process has died.
    Applied taken(Bytes chunks) {
        return ask(new Request.Apply(document, chunks)) instanceof Reply.Applied(var applied)
                ? applied
                : new Applied.Malformed("the engine cannot take it");
    }

    /// Reads it, in the child, as far as it is ever shown; throws `IllegalStateException` where
    /// that cannot be done.
    void check(long shownMax) {
        ask(new Request.Check(document, shownMax));
    }

    @Override
    public Edited edit(Consumer<Edit> steps) {
        var edit = new Edit();
        steps.accept(edit);
        return switch (ask(new Request.Change(document, edit.steps()))) {
            case Reply.Edited(var edited) -> edited;
            case Reply other -> throw unexpected(other);
        };
    }

    @Override
    public Optional<Value> read(Path path) {
        return found(ask(new Request.Read(document, path)));
    }

    private static Optional<Value> found(Reply reply) {
        return switch (reply) {
            case Reply.Found(var value) -> Optional.of(value);
            case Reply.Absent() -> Optional.empty();
            case Reply other -> throw unexpected(other);
        };
    }

    @Override
    public Optional<Value> view(long sizeMax) {
        return found(ask(new Request.View(document, sizeMax)));
    }

    @Override
    public Conflicts conflicts() {
        return switch (ask(new Request.Conflicts(document))) {
            case Reply.Conflicts(var conflicts) -> conflicts;
            case Reply other -> throw unexpected(other);
        };
    }

    @Override
    public List<ContentHash> heads() {
        return switch (ask(new Request.Heads(document))) {
            case Reply.Heads(var hashes) -> hashes;
            case Reply other -> throw unexpected(other);
        };
    }

    @Override
    public Bytes save() {
        return switch (ask(new Request.Save(document))) {
            case Reply.Saved(var saved) -> saved;
            case Reply other -> throw unexpected(other);
        };
    }

    @Override
    public void close() {
        process.closeDocument(host, document);
    }

    private Reply ask(Request request) {
        return switch (process.ask(host, request, counted)) {
            case Reply.Failed(var reason) -> throw new IllegalStateException(reason);
            case Reply reply -> reply;
        };
    }

    private static IllegalStateException unexpected(Reply reply) {
        return new IllegalStateException(
                "answer of the wrong kind: " + reply.getClass().getSimpleName());
    }
}
