package org.elohim.cluster.journal;

import akka.actor.typed.ActorRef;
import akka.pattern.StatusReply;

import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Who waits for what an actor is just writing. An actor whose write failed starts again, and would
/// answer nothing: whoever asked would wait until its own patience ends.
///
/// Invariants: belongs to one actor and its thread, as an actor writes one thing at a time; whoever
/// waits is answered once; while the disk is known to take nothing, nobody is let wait for it, so
/// an actor starts again for the first of many writes that fail and not for each.
public final class Waiter {
    private final BooleanSupplier takesWrites;
    private Optional<Runnable> refusal = Optional.empty();

    /// @param takesWrites whether the disk took what was last to be written
    public Waiter(BooleanSupplier takesWrites) {
        this.takesWrites = takesWrites;
    }

    /// Whether something is to be written for whoever this is; else it has been told so.
    public <T> boolean waits(ActorRef<StatusReply<T>> replyTo) {
        if (!takesWrites.getAsBoolean()) {
            refuse(replyTo);
            return false;
        }
        refusal = Optional.of(() -> refuse(replyTo));
        return true;
    }

    private static <T> void refuse(ActorRef<StatusReply<T>> replyTo) {
        replyTo.tell(StatusReply.error(new NotWritten()));
    }

    /// What was to be written is on the disk.
    public void written() {
        refusal = Optional.empty();
    }

    /// The actor ends or starts again, with whatever it was about to write.
    public void failed() {
        refusal.ifPresent(Runnable::run);
        refusal = Optional.empty();
    }
}
