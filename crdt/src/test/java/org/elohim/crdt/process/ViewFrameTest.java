package org.elohim.crdt.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Edit;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a whole document may take on the pipe.
class ViewFrameTest {
    private static final int ENTRIES = 500;

    @Test
    void whateverIsShortEnoughToBeShownFitsIntoItsFrame() {
        Map<String, Value> fields = new LinkedHashMap<>();
        for (int i = 0; i < ENTRIES; i++) {
            // Three bytes each, and one character.
            fields.put(Character.toString(0x4e00 + i), new Value.Int(i));
        }
        for (Value content :
                List.of(
                        items(new Value.Int(1)),
                        items(new Value.Null()),
                        items(new Value.Real(0.5)),
                        items(new Value.Text("", List.of())),
                        items(new Value.Items(List.of())),
                        items(new Value.Fields(Map.of())),
                        items(new Value.Str("\ud83e\udd5b")),
                        new Value.Fields(fields),
                        new Value.Text("\ud83e\udd5b".repeat(ENTRIES), List.of()))) {
            try (AutomergeEngine engine = AutomergeEngine.open(Bytes.parseHex("01"))) {
                assertInstanceOf(
                        Edited.Committed.class,
                        engine.edit(edit -> edit.set(Path.of("a"), content)));
                int size = shortest(engine);
                var found = new Reply.Found(engine.view(size).orElseThrow());
                Bytes encoded = EngineMain.encoded(new Request.View(1, size), found);
                assertEquals(new Decoded.Parsed<Reply>(found), Codec.reply(encoded));
            }
        }
    }

    @Test
    void whatTakesMoreIsNotSent() {
        var found = new Reply.Found(new Value.Text("a".repeat(10_000), List.of()));
        assertEquals(
                new Decoded.Parsed<Reply>(new Reply.Absent()),
                Codec.reply(EngineMain.encoded(new Request.View(1, 1_000), found)));
        assertEquals(
                new Decoded.Parsed<Reply>(found),
                Codec.reply(EngineMain.encoded(new Request.View(1, 10_000), found)));
    }

    @Test
    void whatIsSentAllTheSameIsNotTakenIn() {
        var length = new DataInputStream(new ByteArrayInputStream(new byte[] {0, 1, 0, 0}));
        String words =
                String.valueOf(
                        assertThrows(IOException.class, () -> Frames.read(length, 0xffff))
                                .getMessage());
        assertTrue(words.contains("65536"), words);
    }

    @Test
    void marksAreNoPartOfAViewAndCountWhereTheyAreShown() {
        try (AutomergeEngine engine = AutomergeEngine.open(Bytes.parseHex("01"))) {
            Path text = Path.of("t");
            assertInstanceOf(
                    Edited.Committed.class,
                    engine.edit(edit -> edit.set(text, new Value.Text("ab", List.of()))));
            assertInstanceOf(
                    Edited.Committed.class,
                    engine.edit(
                            edit -> {
                                for (int i = 0; i < 1_000; i++) {
                                    edit.mark(
                                            text,
                                            new Value.Mark(0, 2, "mark" + i, new Value.Bool(true)),
                                            Edit.Expand.NONE);
                                }
                            }));

            assertEquals(
                    new Value.Fields(Map.of("t", new Value.Text("ab", List.of()))),
                    engine.view(100).orElseThrow());
            assertFalse(
                    assertInstanceOf(Value.Text.class, engine.read(text).orElseThrow())
                            .marks()
                            .isEmpty());
        }
    }

    private static Value items(Value each) {
        return new Value.Items(new ArrayList<>(Collections.nCopies(ENTRIES, each)));
    }

    private static int shortest(AutomergeEngine engine) {
        int tooShort = 0;
        int enough = 1 << 20;
        while (enough - tooShort > 1) {
            int middle = (tooShort + enough) / 2;
            if (engine.view(middle).isPresent()) {
                enough = middle;
            } else {
                tooShort = middle;
            }
        }
        return enough;
    }
}
