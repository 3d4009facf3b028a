package org.elohim.crdt.process;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.Path;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The child: serves requests from standard input until it ends, which it does when the parent
/// dies, however that comes about.
///
/// Invariants: this one thread owns all documents; nothing but frames goes to standard output.
public final class EngineMain {
    private static final int MALFORMED_EXIT = 2;
    private static final int ORPHAN_EXIT = 3;

    /// Its own memory did not suffice for what it was asked: that says something of the document.
    static final int MEMORY_EXIT = 4;

    private final Map<Long, AutomergeEngine> documents = new HashMap<>();

    private EngineMain() {}

    public static void main(String[] arguments) throws IOException {
        System.setOut(System.err);
        // Also where this thread is in the library and does not come back.
        ProcessHandle.current().parent().ifPresent(EngineMain::endWith);
        // The parent removes its folder, unless it is killed. What is named first goes last, when
        // the library's copy in it is gone.
        new File(System.getProperty("java.io.tmpdir")).deleteOnExit();
        try {
            serve();
        } catch (OutOfMemoryError | StackOverflowError full) {
            // Nothing that it holds can be relied on any more, and the parent learns of what.
            Runtime.getRuntime().halt(MEMORY_EXIT);
        }
    }

    private static void serve() throws IOException {
        var in = new DataInputStream(System.in);
        try (var out =
                new DataOutputStream(
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)))) {
            var engines = new EngineMain();
            for (Optional<Bytes> body = Frames.read(in); body.isPresent(); body = Frames.read(in)) {
                switch (Codec.request(body.get())) {
                    case Decoded.Malformed<Request>(var reason) -> {
                        System.err.println("malformed request: " + reason);
                        System.exit(MALFORMED_EXIT);
                    }
                    case Decoded.Parsed<Request>(var request) ->
                            Frames.write(out, encoded(request, engines.answer(request)));
                }
            }
        }
    }

    private static void endWith(ProcessHandle parent) {
        var _ = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(ORPHAN_EXIT));
    }

    /// A view that takes more than it may is none.
    static Bytes encoded(Request request, Reply reply) {
        try {
            return Codec.encode(reply, bytesMax(request));
        } catch (WireWriter.TooLong full) {
            return Codec.encode(
                    request instanceof Request.View
                            ? new Reply.Absent()
                            : new Reply.Failed("the answer is too large: " + full.getMessage()));
        }
    }

    /// Of the answer: what one side does not send, the other does not take.
    static int bytesMax(Request request) {
        return request instanceof Request.View(_, long sizeMax)
                ? Frames.viewBytesMax(sizeMax)
                : Frames.BODY_BYTES_MAX;
    }

    private Reply answer(Request request) {
        try {
            return switch (request) {
                case Request.Open(var document, var actor) -> {
                    documents.put(document, opened(actor));
                    yield new Reply.Done();
                }
                case Request.Apply(var document, var chunks) ->
                        new Reply.Applied(engine(document).apply(chunks));
                case Request.Change(var document, var steps) ->
                        new Reply.Edited(engine(document).edit(steps));
                case Request.Read(var document, var path) ->
                        engine(document)
                                .read(path)
                                .<Reply>map(Reply.Found::new)
                                .orElseGet(Reply.Absent::new);
                case Request.View(var document, long sizeMax) ->
                        engine(document)
                                .view(sizeMax)
                                .<Reply>map(Reply.Found::new)
                                .orElseGet(Reply.Absent::new);
                case Request.Check(var document, long sizeMax) -> {
                    if (sizeMax == Request.Check.WHOLE) {
                        engine(document).read(Path.ROOT);
                    } else {
                        engine(document).view(sizeMax);
                    }
                    yield new Reply.Done();
                }
                case Request.Conflicts(var document) ->
                        new Reply.Conflicts(engine(document).conflicts());
                case Request.Heads(var document) -> new Reply.Heads(engine(document).heads());
                case Request.Save(var document) -> new Reply.Saved(engine(document).save());
                case Request.Close(var document) -> {
                    engine(document).close();
                    documents.remove(document);
                    yield new Reply.Done();
                }
                case Request.Ping() -> new Reply.Done();
            };
        } catch (RuntimeException refused) {
            return new Reply.Failed(String.valueOf(refused.getMessage()));
        }
    }

    private static AutomergeEngine opened(Bytes actor) {
        try {
            return AutomergeEngine.open(actor);
        } catch (LinkageError unfit) {
            Throwable cause = unfit.getCause() == null ? unfit : unfit.getCause();
            throw new IllegalStateException(
                    "the library that reads them does not run here (%s %s): %s"
                            .formatted(
                                    System.getProperty("os.name"),
                                    System.getProperty("os.arch"),
                                    cause),
                    unfit);
        }
    }

    private AutomergeEngine engine(long document) {
        return Optional.ofNullable(documents.get(document))
                .orElseThrow(() -> new IllegalStateException("no open document " + document));
    }
}
