package org.elohim.cluster.sync;

import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.SyncMessage;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// How it stands with another node of the family. Times are of the monotonic clock, in
/// milliseconds.
///
/// @param part of the documents that it holds, where it is an observer
/// @param sinceMillis when it was connected, or the connection was lost
/// @param heardMillis when it last said anything
/// @param acknowledgedMillis when it last acknowledged anything; 0 where it has not since this
///   process began
/// @param parting why it has ended the last connection, in its words, until it gets on again; else
///   empty
/// @param behind what it lacks of ours
/// @param comparing whether this node still looks for what it may lack of the other's
/// @param theirs what it says of itself, where it has over this connection
/// @param etaMillis when this node will have what the other has, as it goes now
/// @param bytesIn of changes, a second
/// @param bytesOut of changes, a second
public record SiblingStatus(
        NodeId node,
        List<Part> part,
        boolean connected,
        long sinceMillis,
        long heardMillis,
        long acknowledgedMillis,
        String parting,
        Behind behind,
        boolean comparing,
        Optional<SyncMessage.Standing> theirs,
        OptionalLong etaMillis,
        long bytesIn,
        long bytesOut) {
    private static final Duration SILENT = Duration.ofSeconds(5);

    /// Entries of a journal that the other side has not acknowledged.
    ///
    /// @param millis how long the oldest has waited
    public record Behind(long entries, long millis) {
        static final Behind NOTHING = new Behind(0, 0);
    }

    public SiblingStatus {
        part = List.copyOf(part);
    }

    /// Whether it holds everything, and counts when it is asked how safe something is.
    public boolean full() {
        return part.isEmpty();
    }

    /// Whether each has all that the other has, as far as both know.
    public boolean inSync() {
        return connected
                && behind.entries() == 0
                && !comparing
                && theirs.filter(each -> each.whole() && each.toSend() == 0).isPresent();
    }

    /// Whether nothing of what it has is still on its way here, as far as both know.
    boolean hasSentEverything() {
        return connected && !comparing && theirs.filter(each -> each.toSend() == 0).isPresent();
    }

    /// What keeps the two apart, in words; nothing where they are in sync.
    public Optional<String> whyNotInSync(long nowMillis) {
        return inSync() ? Optional.empty() : Optional.of(whyNot(nowMillis));
    }

    String whyNot(long nowMillis) {
        return parting.isEmpty() ? standing(nowMillis) : standing(nowMillis) + "; " + parting;
    }

    private String standing(long nowMillis) {
        if (!connected) {
            return "has not been connected for " + seconds(nowMillis - sinceMillis);
        }
        long silent = nowMillis - heardMillis;
        if (behind.entries() > 0 && silent >= SILENT.toMillis()) {
            return "has not confirmed for " + seconds(silent);
        }
        if (theirs.isEmpty()) {
            return "has just been connected";
        }
        if (!theirs.get().whole()) {
            return "compares its documents with ours, or cannot read some of them";
        }
        if (behind.entries() > 0) {
            return "catches up: it lacks %d entries of ours".formatted(behind.entries());
        }
        if (comparing) {
            return "is being compared with";
        }
        if (theirs.get().toSend() > 0) {
            return "sends what this node lacks: %d entries".formatted(theirs.get().toSend());
        }
        return "has not confirmed yet";
    }

    // Not to the second where that means nothing any more: who is told would be told every second.
    private static String seconds(long millis) {
        long seconds = millis / 1_000;
        return (seconds < 10 ? seconds : seconds - seconds % 10) + " s";
    }
}
