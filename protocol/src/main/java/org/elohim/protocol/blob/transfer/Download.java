package org.elohim.protocol.blob.transfer;

import org.elohim.protocol.id.NodeId;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// One piece on its way here: which part of it is asked of whom, and what is done with what comes.
///
/// The piece is cut into ranges. Each source is asked for the next one that nobody was asked for, a
/// few at a time, and never further ahead of what was written than a window; so the fast ones bring
/// most, and what waits for a slow one is bounded. Where a source fails, what it owes is asked of
/// another from where it stopped.
///
/// The hash of all tells whether it is the right piece, not who has brought a wrong part. So once
/// it does not fit, sources are asked one at a time, and whoever alone brings a wrong one is out.
///
/// Invariants: bytes are written in their order and once, between two beginnings; no more than the
/// window is held or under way; it ends, by [Step.Verify] that is answered with yes or by
/// [Step.GiveUp], as long as sources answer, fail or time passes.
public final class Download {
    private static final int STRIKES_MAX = 2;

    private final long lengthBytes;
    private final Limits limits;
    private final Map<NodeId, Source> sources = new LinkedHashMap<>();
    private final TreeMap<Long, Request> requests = new TreeMap<>();
    // Of ranges whose source has failed: from where to where.
    private final TreeMap<Long, Long> owed = new TreeMap<>();
    private final TreeMap<Long, ByteBuffer> arrived = new TreeMap<>();
    private final Set<NodeId> contributors = new HashSet<>();
    private long next;
    private long written;
    private long lastRequest;
    // What was written before this began may be what is wrong: nobody is blamed for it.
    private boolean inherits;
    private boolean oneAtATime;
    private boolean verifying;
    private boolean ended;
    private String trouble = "nobody is known who has it";

    /// How much at once.
    ///
    /// @param stallMillis a source that brings nothing for so long has failed
    public record Limits(int rangeBytes, int perSource, long windowBytes, long stallMillis) {
        public static final Limits USUAL = new Limits(4 << 20, 2, 16L << 20, 15_000);

        public Limits {
            if (rangeBytes < 1 || perSource < 1 || windowBytes < rangeBytes || stallMillis < 1) {
                throw new IllegalArgumentException("range bytes=" + rangeBytes);
            }
        }
    }

    /// What is to be done.
    public sealed interface Step {
        /// Ask the source for this range; answered by `part`s, and by `ended` or `failed`.
        record Ask(long request, NodeId source, long from, long to) implements Step {}

        /// Nothing that comes of it is wanted any more.
        record Cancel(long request) implements Step {}

        /// What comes next.
        record Write(ByteBuffer bytes) implements Step {}

        /// Forget all that was written: it was not the piece.
        record BeginAgain() implements Step {}

        /// All was written: tell whether it is what was asked for.
        record Verify() implements Step {}

        /// Nobody is left who could bring it.
        record GiveUp(String why) implements Step {}
    }

    private static final class Source {
        final NodeId node;
        int strikes;
        int underWay;

        Source(NodeId node) {
            this.node = node;
        }
    }

    private static final class Request {
        final Source source;
        final long to;
        long at;
        long heardMillis;

        Request(Source source, long from, long to, long nowMillis) {
            this.source = source;
            this.at = from;
            this.to = to;
            this.heardMillis = nowMillis;
        }
    }

    /// @param from what was written before, which is not asked for again
    public Download(long lengthBytes, long from, Collection<NodeId> sources, Limits limits) {
        if (from < 0 || from > lengthBytes) {
            throw new IllegalArgumentException("from=" + from + " of " + lengthBytes);
        }
        this.lengthBytes = lengthBytes;
        this.limits = limits;
        this.next = from;
        this.written = from;
        this.inherits = from > 0;
        sources.forEach(node -> this.sources.put(node, new Source(node)));
    }

    /// To be asked once, first.
    public List<Step> begin(long nowMillis) {
        return goOn(new ArrayList<>(), nowMillis);
    }

    /// How much of it was written.
    public long written() {
        return written;
    }

    public boolean isOver() {
        return ended;
    }

    /// Something has come. What it belongs to may have been cancelled.
    ///
    /// @param bytes not touched by anybody else any more
    public List<Step> part(long number, long offset, ByteBuffer bytes, long nowMillis) {
        var steps = new ArrayList<Step>();
        Request request = requests.get(number);
        if (request == null || ended) {
            return steps;
        }
        if (offset != request.at || bytes.remaining() > request.to - request.at) {
            return fail(number, "it sends what was not asked for", true, nowMillis);
        }
        request.heardMillis = nowMillis;
        if (!bytes.hasRemaining()) {
            return steps;
        }
        request.at += bytes.remaining();
        contributors.add(request.source.node);
        arrived.put(offset, bytes);
        while (!arrived.isEmpty() && arrived.firstKey() == written) {
            ByteBuffer first = arrived.pollFirstEntry().getValue();
            written += first.remaining();
            steps.add(new Step.Write(first));
        }
        return goOn(steps, nowMillis);
    }

    /// The source says that this was all.
    public List<Step> ended(long number, long nowMillis) {
        Request request = requests.get(number);
        if (request == null || ended) {
            return new ArrayList<>();
        }
        if (request.at < request.to) {
            return fail(number, "it ends too early", false, nowMillis);
        }
        remove(number, request);
        return goOn(new ArrayList<>(), nowMillis);
    }

    /// The source did not bring it.
    ///
    /// @param forGood whether it need not be asked again
    public List<Step> failed(long number, String why, boolean forGood, long nowMillis) {
        return requests.containsKey(number) && !ended
                ? fail(number, why, forGood, nowMillis)
                : new ArrayList<>();
    }

    private List<Step> fail(long number, String why, boolean forGood, long nowMillis) {
        var steps = new ArrayList<Step>();
        Request request = requests.get(number);
        if (request == null) {
            return steps;
        }
        steps.add(new Step.Cancel(number));
        giveBack(number, request);
        trouble = request.source.node + ": " + why;
        request.source.strikes += forGood ? STRIKES_MAX : 1;
        if (request.source.strikes >= STRIKES_MAX) {
            drop(request.source, steps);
        }
        return goOn(steps, nowMillis);
    }

    private void drop(Source source, List<Step> steps) {
        sources.remove(source.node);
        requests.entrySet().stream()
                .filter(each -> each.getValue().source == source)
                .map(Map.Entry::getKey)
                .toList()
                .forEach(
                        number -> {
                            Request request = requests.get(number);
                            if (request != null) {
                                steps.add(new Step.Cancel(number));
                                giveBack(number, request);
                            }
                        });
    }

    private void giveBack(long number, Request request) {
        remove(number, request);
        if (request.at < request.to) {
            owed.put(request.at, request.to);
        }
    }

    private void remove(long number, Request request) {
        requests.remove(number);
        request.source.underWay--;
    }

    /// Time has passed.
    public List<Step> tick(long nowMillis) {
        var steps = new ArrayList<Step>();
        List<Long> stalled =
                requests.entrySet().stream()
                        .filter(
                                each ->
                                        nowMillis - each.getValue().heardMillis
                                                >= limits.stallMillis())
                        .map(Map.Entry::getKey)
                        .toList();
        stalled.forEach(number -> steps.addAll(failed(number, "it stalls", false, nowMillis)));
        return steps;
    }

    /// The answer to [Step.Verify].
    public List<Step> verified(boolean isIt, long nowMillis) {
        var steps = new ArrayList<Step>();
        if (isIt) {
            ended = true;
            return steps;
        }
        trouble = "what was brought is another content than was asked for";
        if (!inherits && contributors.size() == 1) {
            contributors.forEach(sources::remove);
        }
        oneAtATime = true;
        verifying = false;
        beginAgain(steps);
        return goOn(steps, nowMillis);
    }

    private void beginAgain(List<Step> steps) {
        inherits = false;
        contributors.clear();
        owed.clear();
        arrived.clear();
        next = 0;
        written = 0;
        steps.add(new Step.BeginAgain());
    }

    private List<Step> goOn(List<Step> steps, long nowMillis) {
        if (ended || verifying) {
            return steps;
        }
        if (written == lengthBytes && requests.isEmpty()) {
            verifying = true;
            steps.add(new Step.Verify());
            return steps;
        }
        if (sources.isEmpty()) {
            ended = true;
            steps.add(new Step.GiveUp(trouble));
            return steps;
        }
        boolean asked = true;
        while (asked) {
            asked = false;
            // In turn, so that nobody is given all of the window.
            for (Source source : asking()) {
                if (source.underWay < limits.perSource()) {
                    asked |= ask(source, steps, nowMillis);
                }
            }
        }
        return steps;
    }

    private List<Source> asking() {
        if (!oneAtATime) {
            return List.copyOf(sources.values());
        }
        // The one that has begun goes on alone.
        return sources.values().stream().limit(1).toList();
    }

    private boolean ask(Source source, List<Step> steps, long nowMillis) {
        if (oneAtATime && !contributors.isEmpty() && !contributors.contains(source.node)) {
            // Or it would be blamed for what its predecessor has brought.
            beginAgain(steps);
        }
        long from;
        long to;
        if (!owed.isEmpty()) {
            Map.Entry<Long, Long> first = owed.pollFirstEntry();
            from = first.getKey();
            to = first.getValue();
        } else {
            from = next;
            to = Math.min(lengthBytes, next + limits.rangeBytes());
            if (from == lengthBytes || to > written + limits.windowBytes()) {
                return false;
            }
            next = to;
        }
        long number = ++lastRequest;
        requests.put(number, new Request(source, from, to, nowMillis));
        source.underWay++;
        steps.add(new Step.Ask(number, source.node, from, to));
        return true;
    }

    void checkInvariants() {
        long held = arrived.values().stream().mapToLong(ByteBuffer::remaining).sum();
        boolean holds =
                held <= limits.windowBytes()
                        && next - written <= limits.windowBytes()
                        && written <= next
                        && arrived.keySet().stream().allMatch(at -> at > written)
                        && sources.values().stream()
                                .allMatch(each -> each.underWay <= limits.perSource());
        if (!holds) {
            throw new IllegalStateException(
                    "broken: held=" + held + " next=" + next + " written=" + written);
        }
    }
}
