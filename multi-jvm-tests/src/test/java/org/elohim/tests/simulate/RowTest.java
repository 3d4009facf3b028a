package org.elohim.tests.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

class RowTest {
    private static final Row UP =
            new Row(
                    "north1",
                    "north",
                    "up",
                    "http://127.0.0.1:1",
                    Map.of(Row.SIBLINGS, 1, Row.TERM, 12));
    private static final Row KILLED =
            new Row("north2", "north", "killed", "http://127.0.0.1:22", Map.of());

    @Test
    void columnsThatNobodyFillsAreLeftOut() {
        assertEquals(
                """
                node    family  state   siblings  term  url
                north1  north   up      1         12    http://127.0.0.1:1
                north2  north   killed                  http://127.0.0.1:22
                """,
                Row.table(List.of(UP, KILLED)));
    }

    @Test
    void whatTheOthersLackIsAddedUpOnceForEach() throws Exception {
        Map<String, Object> facts = new HashMap<>();
        World.noteSiblings(
                new JsonMapper()
                        .readTree(
                                """
                                [{"node": "b", "connected": true, "lacks": {"changes": 3, "seconds": 1.5}},
                                 {"node": "b", "connected": true, "lacks": {"changes": 3, "seconds": 1.5}},
                                 {"node": "c", "connected": false, "lacks": {"changes": 4, "seconds": 9}},
                                 {"address": "10.0.0.9:4002", "connected": false}]
                                """),
                facts);
        assertEquals(Map.of(Row.SIBLINGS, 1, Row.BEHIND, 7L), facts);
    }

    @Test
    void whatIsNotKnownIsAbsent() {
        assertEquals(
                List.of("node", "family", "state", "siblings", "term", "url"),
                List.copyOf(UP.fields().keySet()));
        assertEquals(
                List.of("node", "family", "state", "url"), List.copyOf(KILLED.fields().keySet()));
    }
}
