package org.elohim.cluster.journal;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Extension;
import akka.actor.typed.ExtensionId;
import akka.actor.typed.javadsl.Adapter;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// The open journal of one actor system: its writer, its reader, and whoever wants to hear of
/// commits.
public final class LocalJournal implements Extension {
    private static final Logger LOG = LoggerFactory.getLogger(LocalJournal.class);
    private static final Id ID = new Id();
    private static final String URL = "jdbc-journal.slick.db.url";

    private final List<Consumer<List<Committed>>> listeners = new CopyOnWriteArrayList<>();
    private final JournalWriter writer;
    private final JournalReader reader;

    private LocalJournal(ActorSystem<?> system) {
        Serialization serialization = SerializationExtension.get(Adapter.toClassic(system));
        String url = system.settings().config().getString(URL);
        try {
            writer = new JournalWriter(open(url), this::tell);
            var readers = new ArrayList<Connection>();
            for (int i = 0; i < JournalReader.THREADS; i++) {
                readers.add(open(url));
            }
            reader =
                    new JournalReader(
                            readers,
                            (payload, serializer, manifest) ->
                                    serialization.deserialize(payload, serializer, manifest).get());
        } catch (SQLException failed) {
            throw new IllegalStateException("the journal cannot be opened: " + failed, failed);
        }
        // Before the actor system counts as terminated, so the file is closed before its lock goes.
        Adapter.toClassic(system).registerOnTermination(this::close);
    }

    public static LocalJournal get(ActorSystem<?> system) {
        return system.registerExtension(ID);
    }

    private static final class Id extends ExtensionId<LocalJournal> {
        @Override
        public LocalJournal createExtension(ActorSystem<?> system) {
            return new LocalJournal(system);
        }
    }

    private static Connection open(String url) throws SQLException {
        return DriverManager.getConnection(url, JournalSettings.writerPragmas());
    }

    /// Tells of every commit from now on, in their order, on the writer's own thread: whoever
    /// listens must not wait for anything.
    public void onCommit(Consumer<List<Committed>> listener) {
        listeners.add(listener);
    }

    private void tell(List<Committed> committed) {
        for (Consumer<List<Committed>> listener : listeners) {
            try {
                listener.accept(committed);
            } catch (RuntimeException bug) {
                // The others have to hear of it all the same.
                LOG.error("of a commit not all could be told; restart the node", bug);
            }
        }
    }

    /// Whether the disk took what was last to be written.
    public boolean takesWrites() {
        return writer.takesWrites();
    }

    public JournalReader reader() {
        return reader;
    }

    JournalWriter writer() {
        return writer;
    }

    private void close() {
        try {
            writer.close();
            reader.close();
        } catch (SQLException failed) {
            LOG.warn("the journal did not close cleanly: {}", failed.toString());
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }
}
