package org.elohim.node.replication;

import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Asks all other full nodes what they know of a blob.
final class Elsewhere {
    private static final Logger LOG = LoggerFactory.getLogger(Elsewhere.class);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    private final BlobLine line;
    private final Supplier<Nodes> nodes;

    /// The other full nodes.
    record Nodes(Set<NodeId> here, Set<NodeId> away) {
        Nodes {
            here = Set.copyOf(here);
            away = Set.copyOf(away);
        }
    }

    /// What they have said.
    ///
    /// @param copies what each says of itself
    /// @param claimed what others were said to hold by whoever counts on them
    /// @param unheard who may know more
    record Said(
            Map<NodeId, BlobFrame.Known> known,
            Copies copies,
            Copies claimed,
            Set<NodeId> unheard) {
        Said {
            known = Map.copyOf(known);
            unheard = Set.copyOf(unheard);
        }

        Optional<Manifest> manifest() {
            return known.values().stream()
                    .flatMap(each -> Optional.ofNullable(each.manifest()).stream())
                    .findFirst();
        }

        /// The widest reach that is told by those who know somebody that wants it; nothing where
        /// nobody does.
        Optional<Reach> reach() {
            return known.values().stream()
                    .filter(each -> !each.stewards().isEmpty())
                    .map(BlobFrame.Known::reach)
                    .max(Reach::compareTo);
        }

        Optional<Long> sizeBytes() {
            return known.values().stream()
                    .map(BlobFrame.Known::sizeBytes)
                    .filter(size -> size >= 0)
                    .findFirst();
        }
    }

    Elsewhere(BlobLine line, Supplier<Nodes> nodes) {
        this.line = line;
        this.nodes = nodes;
    }

    /// Returns once all have answered, or had the time to; in a thread that may wait.
    Said seek(ContentHash blob) {
        Nodes now = nodes.get();
        var unheard = new TreeSet<>(now.away());
        Map<NodeId, BlobFrame.Known> known = new TreeMap<>();
        Copies copies = Copies.NONE;
        Copies claimed = Copies.NONE;
        for (Answer each : answers(blob, now.here())) {
            switch (each.said()) {
                case BlobFrame.Known said -> {
                    known.put(each.node(), said);
                    copies = with(copies, said.copies().at(each.node()::equals));
                    if (said.whole()) {
                        copies = copies.with(each.node(), Piece.WHOLE);
                    }
                    claimed = with(claimed, said.copies());
                }
                case BlobFrame.Missing _ -> {}
                case BlobFrame _ -> unheard.add(each.node());
            }
        }
        return new Said(known, copies, claimed, unheard);
    }

    /// What is in one or the other.
    static Copies with(Copies some, Copies more) {
        Copies all = some;
        for (var each : more.held().entrySet()) {
            for (var piece : each.getValue().pieces()) {
                all = all.with(each.getKey(), piece);
            }
        }
        return all;
    }

    private record Answer(NodeId node, BlobFrame said) {}

    private List<Answer> answers(ContentHash blob, Collection<NodeId> asked) {
        List<CompletableFuture<Answer>> asking = new ArrayList<>();
        for (NodeId node : asked) {
            asking.add(
                    CompletableFuture.supplyAsync(
                                    () -> answer(node, blob), Thread::startVirtualThread)
                            .orTimeout(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
                            .exceptionally(
                                    failed -> {
                                        LOG.info(
                                                "a node was not heard on a blob node={} reason={}",
                                                node,
                                                Downloading.words(failed));
                                        // Stands for no answer at all.
                                        return new BlobFrame.Alive(0);
                                    })
                            .thenApply(said -> new Answer(node, said)));
        }
        return asking.stream().map(CompletableFuture::join).toList();
    }

    private BlobFrame answer(NodeId node, ContentHash blob) {
        try (FrameInput answers = line.ask(node, List.of(new BlobFrame.Seek(blob)))) {
            return answers.only();
        } catch (IOException failed) {
            throw new CompletionException(failed);
        }
    }
}
