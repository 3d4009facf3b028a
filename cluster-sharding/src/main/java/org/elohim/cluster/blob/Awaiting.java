package org.elohim.cluster.blob;

import akka.actor.typed.ActorRef;

import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Who waits for a blob to be durable.
///
/// Invariants: everybody is answered once, at the latest when his time is over.
final class Awaiting {
    // Each holds an actor and a hash; more than wait at all connections of a node.
    static final int WAITING_MAX = 20_000;

    private final Map<ContentHash, List<Waiting>> waiting = new HashMap<>();
    private int count;

    private record Waiting(ActorRef<BlobReplicator.Reached> who, long untilMillis) {}

    /// False where there are too many already.
    boolean add(ContentHash blob, ActorRef<BlobReplicator.Reached> who, long untilMillis) {
        if (count == WAITING_MAX) {
            return false;
        }
        waiting.computeIfAbsent(blob, _ -> new ArrayList<>()).add(new Waiting(who, untilMillis));
        count++;
        return true;
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean isAwaited(ContentHash blob) {
        return waiting.containsKey(blob);
    }

    void answer(ContentHash blob, BlobReplicator.Reached reached) {
        List<Waiting> all = waiting.remove(blob);
        if (all != null) {
            count -= all.size();
            all.forEach(each -> each.who().tell(reached));
        }
    }

    OptionalLong nextEnd() {
        return waiting.values().stream()
                .flatMap(List::stream)
                .mapToLong(Waiting::untilMillis)
                .min();
    }

    /// Whose time is over, with what he waited for.
    Map<ContentHash, List<ActorRef<BlobReplicator.Reached>>> over(long nowMillis) {
        Map<ContentHash, List<ActorRef<BlobReplicator.Reached>>> over = new HashMap<>();
        for (var each = waiting.entrySet().iterator(); each.hasNext(); ) {
            var entry = each.next();
            Iterator<Waiting> all = entry.getValue().iterator();
            while (all.hasNext()) {
                Waiting one = all.next();
                if (one.untilMillis() <= nowMillis) {
                    over.computeIfAbsent(entry.getKey(), _ -> new ArrayList<>()).add(one.who());
                    all.remove();
                    count--;
                }
            }
            if (entry.getValue().isEmpty()) {
                each.remove();
            }
        }
        return over;
    }
}
