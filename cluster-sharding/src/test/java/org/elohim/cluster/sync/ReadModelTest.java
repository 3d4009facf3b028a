package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import akka.pattern.StatusReply;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.document.JournaledDocument;
import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

class ReadModelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int DOCUMENTS = 3;
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");

    @TempDir Path directory;

    @Test
    void theTablesAndTheIndexFollowFromTheJournal() throws Exception {
        try (var journal = new JournalSystem(directory)) {
            write(journal);
            DocumentIndex index = open(journal);

            assertEquals(DOCUMENTS, index.size());
            assertEquals(List.of("commons", "private", "private"), strings("reach", "documents"));
            assertEquals(List.of("0", "0", "1"), strings("deleted", "documents"));
            assertEquals(DOCUMENTS, strings("change_hash", "sync_events").size());
            assertEquals(List.of("new", "new", "new"), strings("kind", "sync_events"));
            assertTrue(
                    index.page(null, 10).stream().anyMatch(DocumentIndex.Entry::deleted),
                    "one is deleted");
        }
    }

    @Test
    void aDeletedFileIsMadeAnewAndADamagedOneToo() throws Exception {
        try (var journal = new JournalSystem(directory)) {
            write(journal);
            DocumentIndex before = open(journal);
            Files.delete(directory.resolve(ReadModel.FILE_NAME));
            assertEquals(before.page(null, 10), open(journal).page(null, 10));

            Files.writeString(directory.resolve(ReadModel.FILE_NAME), "no database ".repeat(100));
            assertEquals(before.page(null, 10), open(journal).page(null, 10));
            assertEquals(DOCUMENTS, strings("change_hash", "sync_events").size());
        }
    }

    @Test
    void aSecondStartReadsOnlyWhatIsNew() throws Exception {
        try (var journal = new JournalSystem(directory)) {
            write(journal);
            DocumentIndex before = open(journal);

            assertEquals(before.page(null, 10), open(journal).page(null, 10));
            assertEquals(DOCUMENTS, strings("change_hash", "sync_events").size(), "none twice");
        }
    }

    @Test
    void itGoesOnOnceWhatFailedHasHealed() throws Exception {
        try (var journal = new JournalSystem(directory)) {
            var model =
                    ReadModel.open(
                            directory,
                            LocalJournal.get(journal.actors).reader(),
                            new DocumentIndex());
            execute("ALTER TABLE documents RENAME TO away");
            write(journal);
            model.committed();
            await(model::isBehind);

            execute("ALTER TABLE away RENAME TO documents");
            await(() -> !model.isBehind());
            assertEquals(DOCUMENTS, strings("change_hash", "sync_events").size());
            assertEquals(List.of("0", "0", "1"), strings("deleted", "documents"));
            model.close();
        }
    }

    @Test
    void aFileThatIsOfNoUseIsClosed() throws Exception {
        assumeTrue(Files.isDirectory(OPEN_FILES), "the system tells which files are open");
        try (var journal = new JournalSystem(directory)) {
            Path file = directory.resolve(ReadModel.FILE_NAME);
            Files.writeString(file, "no database ".repeat(100));
            open(journal);

            assertEquals(List.of(), opened(file));
        }
    }

    private static List<String> opened(Path file) throws IOException {
        try (Stream<Path> all = Files.list(OPEN_FILES)) {
            return all.map(ReadModelTest::target)
                    .filter(target -> target.startsWith(file.toString()))
                    .toList();
        }
    }

    private static String target(Path open) {
        try {
            return Files.readSymbolicLink(open).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }

    private static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, "in time");
            Thread.onSpinWait();
        }
    }

    private void execute(String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(ReadModel.FILE_NAME));
                var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private DocumentIndex open(JournalSystem journal)
            throws IOException, SQLException, InterruptedException {
        var index = new DocumentIndex();
        ReadModel.open(directory, LocalJournal.get(journal.actors).reader(), index).close();
        return index;
    }

    private static void write(JournalSystem journal) {
        var documents = new ArrayList<JournaledDocument>();
        for (int i = 0; i < DOCUMENTS; i++) {
            byte[] random = new byte[16];
            random[0] = (byte) i;
            var document = new JournaledDocument(journal, DocumentId.ofRandom(random));
            document.grow(0);
            documents.add(document);
        }
        run(documents.get(0), to -> new Document.Command.ChangeReach(Reach.COMMONS, to));
        run(documents.get(1), Document.Command.Delete::new);
    }

    private static void run(
            JournaledDocument document,
            Function<ActorRef<StatusReply<Document.Description>>, Document.Command> command) {
        assertTrue(document.ask(command).isSuccess());
    }

    private List<String> strings(String column, String table) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve(ReadModel.FILE_NAME));
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT " + column + " FROM " + table + " ORDER BY 1")) {
            var found = new ArrayList<String>();
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        }
    }
}
