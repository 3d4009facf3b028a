package org.elohim.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.Decoded;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.function.Consumer;

/// What is counted is what the engine counts: the next change begins there.
class OperationsTest {
    private static final Path TEXT = Path.of("text");

    private final AutomergeEngine engine = AutomergeEngine.open(Bytes.copyOf(new byte[16]));

    @AfterEach
    void free() {
        engine.close();
    }

    @Test
    void aChangeHasOneForEachCharacterAndValueThatIsSetOrDeleted() {
        ChangeChunk made = edit(steps -> steps.set(TEXT, new Value.Text("", List.of())));
        ChangeChunk pasted = edit(steps -> steps.splice(TEXT, 0, 0, "a".repeat(1_000)));
        ChangeChunk deleted = edit(steps -> steps.splice(TEXT, 10, 500, ""));
        ChangeChunk set = edit(steps -> steps.set(Path.of("title"), new Value.Str("Milk")));

        assertEquals(1, Operations.count(made));
        assertEquals(1_000, Operations.count(pasted));
        assertEquals(500, Operations.count(deleted));
        assertEquals(1, Operations.count(set));
        assertEquals(pasted.startOp() + 1_000, deleted.startOp());
        assertEquals(deleted.startOp() + 500, set.startOp());
    }

    @Test
    void aChangeThatClaimsMoreThanAnyMayHaveIsNotCountedToItsEnd() {
        ChangeChunk set = edit(steps -> steps.set(Path.of("title"), new Value.Str("Milk")));
        ChangeChunk bomb = RewrittenChange.endless(set);

        assertEquals(OperationReader.OPERATIONS_MAX, Operations.count(bomb));
    }

    private ChangeChunk edit(Consumer<Edit> steps) {
        if (engine.edit(steps) instanceof CrdtEngine.Edited.Committed(var chunks, var _)
                && ChangeChunk.parse(chunks) instanceof Decoded.Parsed<ChangeChunk>(var change)) {
            return change;
        }
        throw new AssertionError("not one change");
    }
}
