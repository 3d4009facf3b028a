package org.elohim.client;

import org.elohim.protocol.id.DocumentId;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// Who is told of changes, on a thread that may wait for whatever it likes.
///
/// Invariants: after each change everybody is told at least once; a slow listener costs memory for
/// the names of the documents that have changed, no more.
final class Subscriptions implements AutoCloseable {
    private final List<Consumer<DocumentId>> listeners = new CopyOnWriteArrayList<>();
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("elohim-listeners").daemon().factory());
    private final Set<DocumentId> changed = new LinkedHashSet<>();

    Subscription add(Consumer<DocumentId> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    void changed(Set<DocumentId> documents) {
        synchronized (changed) {
            boolean told = !changed.isEmpty();
            changed.addAll(documents);
            if (told) {
                return;
            }
        }
        try {
            thread.execute(this::tell);
        } catch (RejectedExecutionException closed) {
            // Nobody listens any more.
        }
    }

    private void tell() {
        List<DocumentId> now;
        synchronized (changed) {
            now = List.copyOf(changed);
            changed.clear();
        }
        for (DocumentId document : now) {
            listeners.forEach(listener -> tell(listener, document));
        }
    }

    // One that fails keeps nobody else from being told.
    private static void tell(Consumer<DocumentId> listener, DocumentId document) {
        try {
            listener.accept(document);
        } catch (RuntimeException failed) {
            Thread self = Thread.currentThread();
            self.getUncaughtExceptionHandler().uncaughtException(self, failed);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
