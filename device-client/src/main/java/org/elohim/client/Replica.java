package org.elohim.client;

import org.elohim.client.store.LocalStore;
import org.elohim.client.store.StoreUnusable;
import org.elohim.crdt.process.EngineProcess;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// All documents of one device, on its own disk. Everything works without a network: what an edit
/// has changed is on the disk when it returns.
///
/// ```java
/// try (var replica = Replica.open(Path.of("notes"))) {
///     Document note = replica.create();
///     note.edit(edit -> edit.set(org.elohim.crdt.Path.of("title"), new Value.Str("Milk")));
///     System.out.println(note.read(org.elohim.crdt.Path.of("title")));
/// }
/// ```
///
/// Any thread may call; several processes may open one directory at once. Documents are opened in a
/// child process, so that a change that breaks the engine cannot end the app.
public final class Replica implements AutoCloseable {
    private static final int ID_BYTES = 16;

    private final SecureRandom random = new SecureRandom();
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("elohim-replica").daemon().factory());
    private final LocalStore store;
    private final EngineProcess engines =
            new EngineProcess(EngineProcess.Limits.DEFAULT, InstantSource.system());
    private final Map<DocumentId, Document> documents = new HashMap<>();

    private Replica(Path directory) {
        this.store = LocalStore.open(directory, this::drawn);
    }

    /// Opens the replica in this directory, or makes one.
    ///
    /// @throws StoreUnusable where the directory cannot be used; its message says what to do
    public static Replica open(Path directory) {
        return new Replica(directory);
    }

    /// A new, empty document. It is there for others once it has been edited.
    public Document create() {
        return document(DocumentId.ofRandom(drawn().toArray()));
    }

    /// The document of this id, empty where nothing of it is here yet.
    public Document document(DocumentId id) {
        synchronized (documents) {
            return documents.computeIfAbsent(id, _ -> new Document(id, this, store, engines));
        }
    }

    /// The ids of all documents that are here.
    public List<DocumentId> documents() {
        return call(store::documents);
    }

    private Bytes drawn() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return Bytes.copyOf(bytes);
    }

    /// Runs this on the one thread that store and documents belong to.
    <T> T call(Callable<T> what) {
        try {
            return thread.submit(what).get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException reason) {
                throw reason;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the replica worked", stopped);
        }
    }

    /// Ends the child process and closes the files. Everything is on the disk already.
    @Override
    public void close() {
        call(
                () -> {
                    synchronized (documents) {
                        documents.values().forEach(Document::letGo);
                    }
                    engines.close();
                    store.close();
                    return true;
                });
        thread.close();
    }
}
