package org.elohim.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.process.EngineProcess;
import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;

class EditTest {
    private static final Bytes ACTOR = Bytes.parseHex("01");
    private static final Path AT = Path.of("list");

    /// Lists in lists, and a null in the innermost.
    private static Value nested(int levels) {
        Value value = new Value.Null();
        for (int i = 1; i < levels; i++) {
            value = new Value.Items(List.of(value));
        }
        return value;
    }

    private static void assertTooDeep(Runnable step) {
        var refused = assertThrows(IllegalArgumentException.class, step::run);
        assertEquals("value nested deeper than 128", refused.getMessage());
    }

    @Test
    void aValueNestedTooDeepIsRefusedWhereverItStands() {
        Value deep = nested(Edit.DEPTH_MAX + 1);
        Value inMap = new Value.Fields(Map.of("key", nested(Edit.DEPTH_MAX)));
        var mark = new Value.Mark(0, 1, "name", deep);
        var inMark = new Value.Text("text", List.of(mark));
        var edit = new Edit();

        assertTooDeep(() -> edit.set(AT, deep));
        assertTooDeep(() -> edit.set(AT, inMap));
        assertTooDeep(() -> edit.set(AT, inMark));
        assertTooDeep(() -> edit.insert(AT.index(0), deep));
        assertTooDeep(() -> edit.mark(AT, mark, Edit.Expand.NONE));
        assertEquals(List.of(), edit.steps());
    }

    @Test
    void aValueFarTooDeepForAnyStackIsRefusedInTheSameWords() {
        Value bottomless = nested(1_000_000);

        assertTooDeep(() -> new Edit().set(AT, bottomless));
    }

    @Test
    void aValueAsDeepAsAllowedIsWrittenAndReadInBothEngines() {
        try (CrdtEngine near = AutomergeEngine.open(ACTOR);
                var process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> Instant.EPOCH);
                CrdtEngine far = process.open(ACTOR)) {
            for (CrdtEngine engine : List.of(near, far)) {
                assertInstanceOf(
                        Edited.Committed.class,
                        engine.edit(edit -> edit.set(AT, nested(Edit.DEPTH_MAX))));

                Path half = AT;
                for (int i = 0; i < Edit.DEPTH_MAX / 2; i++) {
                    half = half.index(0);
                }
                assertEquals(nested(Edit.DEPTH_MAX / 2), engine.read(half).orElseThrow());
            }
            // As much of it as is shown of a whole document.
            assertEquals(near.read(Path.ROOT), far.read(Path.ROOT));
        }
    }
}
