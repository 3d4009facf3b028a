package org.elohim.cluster.family;

import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;

import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/// In which term this node leads its family, if in any, and what it does as its leader.
///
/// Invariants: the duties run only in a term that is on the disk, and one term's end before the
/// next one's begin.
final class Leading {
    private final ActorContext<Family.Command> context;
    private final TermDisk disk;
    private final Executor blocking;
    private final Terms terms;
    private final List<Duties> duties = new ArrayList<>();
    private Optional<Term> acting = Optional.empty();

    /// @param highest term that was ever seen here
    Leading(
            ActorContext<Family.Command> context,
            NodeId self,
            Optional<Term> highest,
            TermDisk disk) {
        this.context = context;
        this.disk = disk;
        this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
        this.terms = new Terms(self, highest);
    }

    Terms terms() {
        return terms;
    }

    Optional<Term> acting() {
        return acting;
    }

    void takeOn(Duties duty) {
        duties.add(duty);
        acting.ifPresent(duty::begin);
    }

    /// Writes what has to be written first, and acts in the term that is due. Says in which, where
    /// that is a new one.
    Optional<Term> next(long nowMillis) {
        write(nowMillis);
        Optional<Term> next = terms.acting();
        if (next.equals(acting)) {
            return Optional.empty();
        }
        end();
        acting = next;
        acting.ifPresent(term -> duties.forEach(each -> each.begin(term)));
        return acting;
    }

    void end() {
        if (acting.isPresent()) {
            duties.forEach(Duties::end);
        }
        acting = Optional.empty();
    }

    private void write(long nowMillis) {
        terms.toWrite(nowMillis)
                .ifPresent(
                        term ->
                                context.pipeToSelf(
                                        CompletableFuture.runAsync(() -> write(term), blocking),
                                        (_, failed) ->
                                                failed == null
                                                        ? new Family.Command.Written(term)
                                                        : new Family.Command.NotWritten(
                                                                String.valueOf(
                                                                        failed.getMessage()))));
    }

    private void write(Term term) {
        try {
            disk.write(term);
        } catch (IOException failed) {
            throw new CompletionException(failed);
        }
    }
}
