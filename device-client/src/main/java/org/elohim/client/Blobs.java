package org.elohim.client;

import org.elohim.client.blob.BlobGot;
import org.elohim.client.blob.BlobOptions;
import org.elohim.client.blob.BlobProgress;
import org.elohim.client.blob.BlobPut;
import org.elohim.client.blob.BlobWhere;
import org.elohim.client.blob.NodeBlobs;
import org.elohim.client.store.Nodes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// The blobs of the nodes that a device knows. One after the other is asked, until one of them has
/// done what is wanted.
///
/// What all the nodes and lines do becomes an outcome in words; an `IOException` is of this
/// device's own files.
public final class Blobs {
    private static final String NO_NODE = "this device knows no node yet; connect one";

    private final Supplier<List<Nodes.Node>> nodes;
    private final BlobOptions options;
    private final int takers;

    Blobs(Supplier<List<Nodes.Node>> nodes, BlobOptions options) {
        this(nodes, options, 1);
    }

    private Blobs(Supplier<List<Nodes.Node>> nodes, BlobOptions options, int takers) {
        if (takers < 1) {
            throw new IllegalArgumentException("takers=" + takers);
        }
        this.nodes = nodes;
        this.options = options;
        this.takers = takers;
    }

    /// The same, with another patience.
    public Blobs with(BlobOptions other) {
        return new Blobs(nodes, other, takers);
    }

    /// The same, and brings each file to so many nodes by itself, so that it does not matter
    /// whether the first one lives long enough to tell the others. Where fewer have taken it,
    /// [BlobPut.Kept#whyNotMore] says so.
    public Blobs atNodes(int count) {
        return new Blobs(nodes, options, count);
    }

    /// Brings a file to a node. What was cut off before, by whatever, is gone on with.
    public BlobPut putBlob(Path file, BlobProgress progress) throws IOException {
        return putBlob(file, progress, Tier.ACCEPTED, Duration.ZERO);
    }

    /// The same, and waits until the blob is as safe as wanted.
    ///
    /// @param within so long, once a node has all of it
    public BlobPut putBlob(Path file, BlobProgress progress, Tier wanted, Duration within)
            throws IOException {
        return putBlob(file, Optional.empty(), progress, wanted, within);
    }

    /// The same, and says how far it may travel.
    ///
    /// @param reach how far it may travel; where it is not said, no farther than whoever brings it
    ///   may say. What was put before is not narrowed by it
    /// @param within so long, once a node has all of it
    public BlobPut putBlob(
            Path file, Optional<Reach> reach, BlobProgress progress, Tier wanted, Duration within)
            throws IOException {
        if (takers > 1) {
            return putAtSeveral(file, reach, progress, wanted, within);
        }
        return first(
                node -> node.put(file, reach, progress, wanted, within),
                BlobPut.Kept.class::isInstance,
                BlobPut.Unreachable.class::isInstance,
                new BlobPut.Unreachable(NO_NODE));
    }

    // Nobody is waited for before all have it who are to have it.
    private BlobPut putAtSeveral(
            Path file, Optional<Reach> reach, BlobProgress progress, Tier wanted, Duration within)
            throws IOException {
        List<Nodes.Node> known = nodes.get();
        Map<Nodes.Node, BlobPut.Kept> kept = new LinkedHashMap<>();
        Map<Nodes.Node, BlobPut> failed = new LinkedHashMap<>();
        for (BlobOptions patience : List.of(once(), options)) {
            for (Nodes.Node node : known) {
                boolean isRefused = failed.get(node) instanceof BlobPut.Refused;
                if (kept.size() < takers && !kept.containsKey(node) && !isRefused) {
                    BlobPut put =
                            at(node, patience)
                                    .put(file, reach, progress, Tier.ACCEPTED, Duration.ZERO);
                    if (put instanceof BlobPut.Kept taken) {
                        kept.put(node, taken);
                        failed.remove(node);
                    } else {
                        failed.put(node, put);
                    }
                }
            }
        }
        if (kept.isEmpty()) {
            return failed.values().stream().findFirst().orElse(new BlobPut.Unreachable(NO_NODE));
        }
        var first = kept.entrySet().iterator().next();
        BlobPut.Kept taken = first.getValue();
        if (wanted != Tier.ACCEPTED) {
            // What is there is sent again only where it is small.
            BlobPut awaited =
                    at(first.getKey(), options).put(file, reach, progress, wanted, within);
            taken = awaited instanceof BlobPut.Kept safer ? safer : with(taken, reason(awaited));
        }
        return kept.size() == takers ? taken : with(taken, whyNotAll(kept.size(), failed));
    }

    private String whyNotAll(int kept, Map<Nodes.Node, BlobPut> failed) {
        var why = new StringJoiner("; ");
        why.add("%d of %d nodes have it from here".formatted(kept, takers));
        failed.forEach((node, put) -> why.add(base(node) + ": " + reason(put)));
        if (kept + failed.size() < takers) {
            why.add("this device knows no more of them");
        }
        return why.toString();
    }

    private static String reason(BlobPut put) {
        return switch (put) {
            case BlobPut.Kept kept -> kept.whyNotMore();
            case BlobPut.Refused(var reason) -> reason;
            case BlobPut.Unreachable(var reason) -> reason;
        };
    }

    private static BlobPut.Kept with(BlobPut.Kept kept, String reason) {
        return new BlobPut.Kept(
                kept.hash(),
                kept.sizeBytes(),
                kept.reach(),
                kept.tier(),
                kept.whyNotMore().isEmpty() ? reason : kept.whyNotMore() + "; " + reason);
    }

    /// Gets a blob into a file, which has its name only once all of it is here and was seen to be
    /// the right one; what has that name before is replaced. What has come before a cut lies beside
    /// it, and is gone on with.
    public BlobGot getBlob(ContentHash hash, Path file, BlobProgress progress) throws IOException {
        return first(
                node -> node.get(hash, file, progress),
                BlobGot.Received.class::isInstance,
                BlobGot.Unreachable.class::isInstance,
                new BlobGot.Unreachable(NO_NODE));
    }

    /// Writes a blob to a stream, and does not close that. Only an outcome of [BlobGot.Received]
    /// says that what was written was the blob, and all of it. Another node is asked only where the
    /// one before has sent nothing.
    public BlobGot getBlob(ContentHash hash, OutputStream out, BlobProgress progress)
            throws IOException {
        var counted = new CountedStream(out);
        return first(
                node -> node.get(hash, counted, progress),
                got -> got instanceof BlobGot.Received || counted.hasBegun(),
                got -> got instanceof BlobGot.Unreachable && !counted.hasBegun(),
                new BlobGot.Unreachable(NO_NODE));
    }

    /// Asks who holds what of a blob.
    public BlobWhere where(ContentHash hash) {
        try {
            return first(
                    node -> node.where(hash),
                    BlobWhere.Held.class::isInstance,
                    _ -> false,
                    new BlobWhere.Unreachable(NO_NODE));
        } catch (IOException impossible) {
            throw new IllegalStateException("no file was touched", impossible);
        }
    }

    private interface Step<T> {
        T at(NodeBlobs node) throws IOException;
    }

    // Where there are several, each is tried once before any of them is waited for.
    private <T> T first(Step<T> step, Predicate<T> isEnough, Predicate<T> isLater, T none)
            throws IOException {
        List<Nodes.Node> known = nodes.get();
        T said = none;
        if (known.size() > 1) {
            said = round(known, once(), step, isEnough, none);
        }
        return known.size() == 1 || (known.size() > 1 && isLater.test(said))
                ? round(known, options, step, isEnough, none)
                : said;
    }

    private BlobOptions once() {
        return new BlobOptions(
                options.silence(), Duration.ZERO, options.pauseMax(), options.partBytes());
    }

    private static NodeBlobs at(Nodes.Node node, BlobOptions patience) {
        return new NodeBlobs(base(node), node.token(), patience);
    }

    // What the first node says counts most where no other one does better.
    private static <T> T round(
            List<Nodes.Node> known,
            BlobOptions patience,
            Step<T> step,
            Predicate<T> isEnough,
            T none)
            throws IOException {
        T said = none;
        for (Nodes.Node node : known) {
            T now = step.at(at(node, patience));
            if (isEnough.test(now)) {
                return now;
            }
            said = node.equals(known.getFirst()) ? now : said;
        }
        return said;
    }

    // The node answers HTTP where devices connect.
    private static URI base(Nodes.Node node) {
        URI device = URI.create(node.url());
        String scheme = "wss".equals(device.getScheme()) ? "https" : "http";
        return URI.create(scheme + "://" + device.getRawAuthority());
    }

    private static final class CountedStream extends OutputStream {
        private final OutputStream out;
        private boolean begun;

        CountedStream(OutputStream out) {
            this.out = out;
        }

        boolean hasBegun() {
            return begun;
        }

        @Override
        public void write(int one) throws IOException {
            begun = true;
            out.write(one);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            begun = true;
            out.write(bytes, from, count);
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }
    }
}
