package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.journal.JournalSystem;
import org.elohim.cluster.journal.LocalJournal;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

class ChangeBytesTest {
    // Together more than a page of the journal.
    private static final int CHANGES = 7;
    private static final int CHANGE_BYTES = 1 << 20;

    @TempDir Path directory;

    @Test
    void aRunThatIsLongerThanAPageIsReadToItsEnd() {
        var id = DocumentId.ofRandom(new byte[16]);
        try (var journal = new JournalSystem(directory)) {
            var document = new JournaledDocument(journal, id);
            List<SealedChange> changes =
                    Stream.generate(() -> document.grow(CHANGE_BYTES)).limit(CHANGES).toList();
            List<Selection.Location> locations =
                    document.ask(
                            to ->
                                    new Document.Command.Locate(
                                            List.of(), List.of(), Long.MAX_VALUE, CHANGES, to));

            List<Bytes> read =
                    new ChangeBytes(LocalJournal.get(journal.actors).reader(), 0)
                            .read(id, locations)
                            .toCompletableFuture()
                            .join();

            assertEquals(changes.stream().map(SealedChange::bytes).toList(), read);
        }
    }

    @Test
    void whatWasJustWrittenIsThereWithoutReading() {
        var id = DocumentId.ofRandom(new byte[16]);
        try (var journal = new JournalSystem(directory)) {
            LocalJournal local = LocalJournal.get(journal.actors);
            var bytes = new ChangeBytes(local.reader(), 1 << 20);
            local.onCommit(bytes::committed);
            var document = new JournaledDocument(journal, id);
            SealedChange change = document.grow(1_000);
            List<Selection.Location> locations =
                    document.ask(
                            to ->
                                    new Document.Command.Locate(
                                            List.of(), List.of(), Long.MAX_VALUE, CHANGES, to));

            var read = bytes.read(id, locations).toCompletableFuture();

            assertTrue(read.isDone());
            assertEquals(List.of(change.bytes()), read.join());
            assertEquals(Optional.of(List.of(change.bytes())), bytes.inMemory(id, locations));
            var withoutMemory = new ChangeBytes(local.reader(), 0);
            assertEquals(Optional.empty(), withoutMemory.inMemory(id, locations));
        }
    }
}
