package org.elohim.node.materialiser;

import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Elsewhere;
import org.elohim.cluster.sync.Grant;
import org.elohim.crdt.Plain;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Reads and writes documents for those who have no engine of their own.
///
/// Invariants: documents are open in a child process alone, and what ends that ends nothing else;
/// nobody waits for longer than a bound, and whoever finds no place is told so at once; what is
/// written is answered once it is fsynced, and never over what its writer has not seen; a bearer is
/// shown and changes what its token allows, as everywhere else.
///
/// Each job has a thread of its own, since it waits for the journal and for the child.
public final class Materialiser implements Contents, AutoCloseable {
    /// So many are at work or wait for a document.
    private static final int JOBS_MAX = 16;

    /// Less than what is allowed on the way to whoever asked.
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(15);

    /// After that nothing is written any more for somebody who may have been told to ask again.
    private static final Duration WRITE_WITHIN = Duration.ofSeconds(9);

    private static final Refusal TOO_MUCH =
            new Refusal(
                    Refusal.Kind.TOO_LARGE,
                    "A document is written as JSON of at most %d MiB; larger things belong into several."
                            .formatted(JsonText.BYTES_MAX >> 20));

    private final Parts parts;
    private final Rights rights;
    private final Optional<Workbench> bench;
    private final Semaphore jobs = new Semaphore(JOBS_MAX);

    /// What it needs of the node.
    ///
    /// @param directory where it keeps what it has found
    /// @param classPath of the child; nothing where the node was started without one
    /// @param compactedBytesMax of a document that is written here
    /// @param nowMillis never goes back
    public record Parts(
            NodeId node,
            StoredChanges stored,
            DocumentIndex index,
            Elsewhere elsewhere,
            Path directory,
            Optional<String> classPath,
            long compactedBytesMax,
            RandomGenerator random,
            InstantSource clock,
            LongSupplier nowMillis) {}

    public Materialiser(Parts parts) {
        this.parts = parts;
        this.rights = new Rights(parts.node(), parts.index());
        this.bench = parts.classPath().map(path -> new Workbench(parts, path));
    }

    @Override
    public CompletionStage<Reading> read(DocumentId id, Grant.OfToken grant, Set<Tag> known) {
        return checked(
                id,
                grant,
                () -> rights.mayNotRead(id, grant),
                Reading.Refused::new,
                // It may have been withdrawn or deleted while it was being opened.
                () ->
                        read(id, known)
                                .thenApply(
                                        found ->
                                                rights.mayNotRead(id, grant)
                                                        .<Reading>map(Reading.Refused::new)
                                                        .orElse(found)));
    }

    /// The same for whoever may see it.
    CompletionStage<Reading> read(DocumentId id, Set<Tag> known) {
        return job(Reading.Refused::new, at -> _ -> readNow(at, id, known));
    }

    Optional<Refusal> mayNotRead(DocumentId id, Grant.OfToken grant) {
        return rights.mayNotRead(id, grant);
    }

    @Override
    public CompletionStage<Writing> write(
            DocumentId id, Grant.OfToken grant, Bytes json, Expected expected) {
        if (json.size() > JsonText.BYTES_MAX) {
            return CompletableFuture.completedFuture(new Writing.Refused(TOO_MUCH));
        }
        return checked(
                id,
                grant,
                () -> rights.mayNotWrite(id, grant),
                Writing.Refused::new,
                () ->
                        job(
                                Writing.Refused::new,
                                at -> until -> writeNow(at, id, grant, json, expected, until)));
    }

    /// Where it is not here, what there is of it at the family's other nodes is brought over first.
    private <T> CompletionStage<T> checked(
            DocumentId id,
            Grant.OfToken grant,
            Supplier<Optional<Refusal>> check,
            Function<Refusal, T> refused,
            Supplier<CompletionStage<T>> work) {
        boolean forbidden =
                check.get().filter(refusal -> refusal.kind() == Refusal.Kind.FORBIDDEN).isPresent();
        CompletionStage<?> here =
                forbidden || rights.isHere(id)
                        ? CompletableFuture.completedFuture(id)
                        : parts.elsewhere()
                                .obtain(id, reach -> grant.allows(Access.READ, id, reach));
        return here.thenCompose(
                _ ->
                        check.get()
                                .<CompletionStage<T>>map(
                                        refusal ->
                                                CompletableFuture.completedFuture(
                                                        refused.apply(refusal)))
                                .orElseGet(work));
    }

    private <T> CompletionStage<T> job(
            Function<Refusal, T> refused, Function<Workbench, LongFunction<T>> work) {
        if (bench.isEmpty()) {
            return CompletableFuture.completedFuture(
                    refused.apply(
                            new Refusal(
                                    Refusal.Kind.UNFIT,
                                    "This node was started without what reads documents"
                                        + " (elohim.engine.path); start it with ./elohim node.")));
        }
        if (!jobs.tryAcquire()) {
            return CompletableFuture.completedFuture(
                    refused.apply(
                            busy(
                                    "The node reads and writes "
                                            + JOBS_MAX
                                            + " documents for others already; ask again.")));
        }
        var done = new CompletableFuture<T>();
        long until = parts.nowMillis().getAsLong() + WRITE_WITHIN.toMillis();
        LongFunction<T> atBench = work.apply(bench.get());
        // The child's pipe is read there, which would hold a carrier of all virtual threads.
        Thread.ofPlatform()
                .daemon()
                .name("materialiser")
                .start(
                        () -> {
                            Runnable told = () -> {};
                            try {
                                T found = atBench.apply(until);
                                told = () -> done.complete(found);
                            } catch (Refusal.Thrown thrown) {
                                told = () -> done.complete(refused.apply(thrown.refusal()));
                            } catch (RuntimeException | Error bug) {
                                told = () -> done.completeExceptionally(bug);
                            } finally {
                                // Whoever hears of it may want the place.
                                jobs.release();
                                told.run();
                            }
                        });
        // The work goes on; whoever asks again finds the document open.
        return done.copy()
                .completeOnTimeout(
                        refused.apply(
                                busy(
                                        "The node was not done with the document in time; ask"
                                                + " again. What was to be written may be written or"
                                                + " not: read it first.")),
                        ANSWER_WITHIN.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    private Optional<Refusal> late(long untilMillis) {
        return parts.nowMillis().getAsLong() > untilMillis
                ? Optional.of(Editing.TOO_LATE)
                : Optional.empty();
    }

    private static Refusal busy(String words) {
        return new Refusal(Refusal.Kind.BUSY, words);
    }

    private Reading readNow(Workbench at, DocumentId id, Set<Tag> known) {
        var now = at.stored().describe(id);
        if (now.isEmpty()) {
            return new Reading.Refused(Rights.absent(id));
        }
        // Without opening it: what was shown under this tag was shown of the same heads.
        Tag before = Tag.of(now.get().heads(), at.quarantine().of(id));
        if (known.contains(before)) {
            return new Reading.Unchanged(before);
        }
        History.checkSize(id, now.get().sizeBytes(), now.get().changes());
        return at.at(
                id,
                document -> {
                    Tag tag = tag(document);
                    return known.contains(tag)
                            ? new Reading.Unchanged(tag)
                            : at.inTrees(() -> shown(id, document, tag));
                });
    }

    private static Tag tag(OpenDocument document) {
        return Tag.of(document.heads(), document.without());
    }

    private static Reading shown(DocumentId id, OpenDocument document, Tag tag) {
        return JsonText.write(Plain.of(document.tree()))
                .<Reading>map(
                        json -> new Reading.Shown(json, tag, document.heads(), document.leftOut()))
                .orElseGet(() -> new Reading.Refused(OpenDocument.tooLong(id)));
    }

    private Writing writeNow(
            Workbench at,
            DocumentId id,
            Grant.OfToken grant,
            Bytes json,
            Expected expected,
            long untilMillis) {
        boolean saysNothing;
        try {
            // Read again where it is written: until then its text is enough.
            saysNothing = at.inTrees(() -> saysNothing(json));
        } catch (IllegalArgumentException malformed) {
            return new Writing.Refused(
                    new Refusal(Refusal.Kind.MALFORMED, String.valueOf(malformed.getMessage())));
        }
        at.stored()
                .describe(id)
                .ifPresent(now -> History.checkSize(id, now.sizeBytes(), now.changes()));
        return at.at(
                id,
                document -> {
                    boolean made = document.isEmpty();
                    if (!expected.holds(tag(document), made)) {
                        return new Writing.Refused(changed(id, expected));
                    }
                    if (made && saysNothing) {
                        return new Writing.Refused(
                                new Refusal(
                                        Refusal.Kind.NOT_TAKEN,
                                        "A document begins with its first entry, and {} has"
                                                + " none."));
                    }
                    Supplier<Optional<Refusal>> refusal =
                            () -> late(untilMillis).or(() -> rights.mayNotWrite(id, grant));
                    Optional<Refusal> tooLate = late(untilMillis);
                    if (tooLate.isPresent()) {
                        return new Writing.Refused(tooLate.get());
                    }
                    int changes =
                            new Editing(at, id, document)
                                    .make(json, grant.newcomer(parts.node()), refusal);
                    return new Writing.Stored(tag(document), document.heads(), changes, made);
                });
    }

    /// It may be shorter than what it says: `1e15` is shown with all its digits.
    private static boolean saysNothing(Bytes json) {
        Value.Fields said = JsonText.read(json);
        if (JsonText.write(said).isEmpty()) {
            throw Refusal.thrown(Refusal.Kind.TOO_LARGE, TOO_MUCH.words());
        }
        return said.entries().isEmpty();
    }

    private static Refusal changed(DocumentId id, Expected expected) {
        return new Refusal(
                Refusal.Kind.CHANGED,
                switch (expected) {
                    case Expected.Nothing() ->
                            "Document " + id + " is there already; read it first.";
                    case Expected.Anything() ->
                            "Document "
                                    + id
                                    + " is nowhere, so there is nothing to write over; say that it"
                                    + " is new to make it.";
                    case Expected.OneOf(var _) ->
                            "Document "
                                    + id
                                    + " has changed since it was read; read it again, and write"
                                    + " what is right then.";
                });
    }

    /// Ends the child; whoever waits for it is told so.
    @Override
    public void close() {
        bench.ifPresent(Workbench::close);
    }
}
