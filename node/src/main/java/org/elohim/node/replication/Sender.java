package org.elohim.node.replication;

import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrame.Verdict;
import org.elohim.protocol.id.NodeId;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What is asked of one other node: whatever comes while a request is on its way goes together into
/// the next one.
///
/// Invariants: no more than so many requests are on their way; each question is answered, by the
/// other node or by why it was not; what brings a large piece about waits for no small one, nor
/// they for it.
final class Sender {
    private static final int REQUESTS_MAX = 2;
    private static final int TOGETHER_MAX = 512;
    private static final int TOGETHER_BYTES = 2 << 20;

    private final NodeId node;
    private final BlobLine line;
    private final Throttle throttle;
    // Both guarded by this.
    private final Lane quick = new Lane();
    private final Lane slow = new Lane();

    private static final class Lane {
        final Deque<Asked> waiting = new ArrayDeque<>();
        int underWay;
    }

    private record Asked(BlobFrame.Question question, CompletableFuture<Verdict> answer) {
        int sizeBytes() {
            return question instanceof BlobFrame.Offer offer ? contentBytes(offer) : 0;
        }

        private static int contentBytes(BlobFrame.Offer offer) {
            ByteBuffer content = offer.content();
            return content == null ? 0 : content.remaining();
        }

        boolean isSlow() {
            return question instanceof BlobFrame.Offer offer && offer.content() == null;
        }
    }

    Sender(NodeId node, BlobLine line, Throttle throttle) {
        this.node = node;
        this.line = line;
        this.throttle = throttle;
    }

    /// Fails where the node does not answer.
    CompletionStage<Verdict> ask(BlobFrame.Question question) {
        var asked = new Asked(question, new CompletableFuture<>());
        Lane lane = asked.isSlow() ? slow : quick;
        synchronized (this) {
            lane.waiting.add(asked);
        }
        goOn(lane);
        return asked.answer();
    }

    private void goOn(Lane lane) {
        List<Asked> together = new ArrayList<>();
        synchronized (this) {
            if (lane.underWay == REQUESTS_MAX || lane.waiting.isEmpty()) {
                return;
            }
            lane.underWay++;
            long bytes = 0;
            // Of the slow ones each goes alone, so that one that hangs holds up the next to it
            // only.
            int most = lane == slow ? 1 : TOGETHER_MAX;
            while (!lane.waiting.isEmpty() && together.size() < most && bytes < TOGETHER_BYTES) {
                Asked next = lane.waiting.remove();
                together.add(next);
                bytes += next.sizeBytes();
            }
        }
        Thread.startVirtualThread(
                () -> {
                    send(together);
                    synchronized (this) {
                        lane.underWay--;
                    }
                    goOn(lane);
                });
    }

    private void send(List<Asked> together) {
        String trouble = "it has left questions open";
        throttle.take(together.stream().mapToLong(Asked::sizeBytes).sum());
        List<BlobFrame.Question> questions = together.stream().map(Asked::question).toList();
        try (FrameInput answers = line.ask(node, questions)) {
            for (Optional<BlobFrame> next = answers.next();
                    next.isPresent();
                    next = answers.next()) {
                if (next.get() instanceof Verdict verdict
                        && verdict.index() >= 0
                        && verdict.index() < together.size()) {
                    together.get(verdict.index()).answer().complete(verdict);
                }
            }
        } catch (IOException | RuntimeException failed) {
            trouble = Downloading.words(failed);
        }
        for (Asked each : together) {
            // Where it was answered this changes nothing.
            each.answer().completeExceptionally(new IOException(trouble));
        }
    }
}
