package org.elohim.node.replication;

import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.blob.transfer.BlobFrame.Verdict;
import org.elohim.protocol.id.NodeId;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// Answers what other nodes ask about blobs, one request after the other on each connection, in the
/// connection's own thread.
///
/// Invariants: a request is bounded, and only full nodes of the family are answered.
final class Answering {
    /// Of a request: an offer's content and what stands around it, many times.
    static final int REQUEST_BYTES_MAX = 8 << 20;

    static final int QUESTIONS_MAX = 4_096;

    private static final long ALIVE_SECONDS = 5;

    private final Predicate<NodeId> isFull;
    private final Pieces pieces;
    private final Receiver receiver;
    private final Throttle throttle;

    /// @param isFull whether a node of the family is known, now, for one that holds everything
    Answering(Predicate<NodeId> isFull, Pieces pieces, Receiver receiver, Throttle throttle) {
        this.isFull = isFull;
        this.pieces = pieces;
        this.receiver = receiver;
        this.throttle = throttle;
    }

    /// Returns, or fails, once nothing more comes.
    void serve(NodeId peer, InputStream in, OutputStream out) throws IOException {
        var answers = new BufferedOutputStream(out, BlobLine.BUFFER_BYTES);
        while (true) {
            List<BlobFrame.Question> questions = questions(in);
            if (!isFull.test(peer)) {
                refuse(questions, answers);
            } else if (!questions.isEmpty()
                    && questions.stream().allMatch(BlobFrame.Want.class::isInstance)) {
                send(questions.stream().map(BlobFrame.Want.class::cast).toList(), answers);
            } else {
                take(peer, questions, answers);
            }
            FrameInput.writeEnd(answers);
        }
    }

    private static List<BlobFrame.Question> questions(InputStream in) throws IOException {
        var questions = new ArrayList<BlobFrame.Question>();
        long bytes = 0;
        try (var frames = new FrameInput(in, _ -> {})) {
            for (var next = frames.next(); next.isPresent(); next = frames.next()) {
                bytes += frames.lastBytes();
                if (!(next.get() instanceof BlobFrame.Question question)
                        || questions.size() == QUESTIONS_MAX
                        || bytes > REQUEST_BYTES_MAX) {
                    throw new IOException("no question, or too many");
                }
                questions.add(question);
            }
        }
        return questions;
    }

    private static void refuse(List<BlobFrame.Question> questions, OutputStream out)
            throws IOException {
        for (int i = 0; i < questions.size(); i++) {
            var words = "it refuses: blobs are for the full nodes of the family";
            FrameInput.write(new Verdict(i, Verdict.Kind.FAILED, words), out);
        }
    }

    private void send(List<BlobFrame.Want> wants, OutputStream out) throws IOException {
        try (var sending = new Sending(pieces, wants, throttle)) {
            for (var next = sending.next(); next.isPresent(); next = sending.next()) {
                FrameInput.write(next.get(), out);
            }
        }
    }

    // Answers as they come, and a word now and then that it is still at work.
    private void take(NodeId peer, List<BlobFrame.Question> questions, OutputStream out)
            throws IOException {
        BlockingQueue<BlobFrame> answers = new LinkedBlockingQueue<>();
        for (int i = 0; i < questions.size(); i++) {
            int index = i;
            var _ =
                    receiver.take(peer, index, questions.get(index))
                            .<BlobFrame>thenApply(answer -> answer)
                            .exceptionally(
                                    failed ->
                                            new Verdict(
                                                    index,
                                                    Verdict.Kind.FAILED,
                                                    Downloading.words(failed)))
                            .thenAccept(answers::add);
        }
        for (int left = questions.size(); left > 0; ) {
            BlobFrame answer = answers.poll();
            if (answer == null) {
                out.flush();
                answer = waited(answers);
            }
            FrameInput.write(answer, out);
            left -= answer instanceof BlobFrame.Alive ? 0 : 1;
        }
    }

    private static BlobFrame waited(BlockingQueue<BlobFrame> answers) throws IOException {
        try {
            BlobFrame answer = answers.poll(ALIVE_SECONDS, TimeUnit.SECONDS);
            return answer == null ? new BlobFrame.Alive(0) : answer;
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", ended);
        }
    }
}
