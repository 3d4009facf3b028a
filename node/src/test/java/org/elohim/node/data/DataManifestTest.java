package org.elohim.node.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

/// The stored format: this literal is what versions in the field have written.
class DataManifestTest {
    private static final String STORED =
            """
            # What this directory holds and who wrote it. elohim-node reads this before anything else.
            format = 1
            written_by = 0.1.0
            node = 12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq
            """;
    private static final DataManifest MANIFEST =
            new DataManifest(
                    1,
                    "0.1.0",
                    NodeId.parse("12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"));

    @Test
    void theStoredFormStays() {
        assertEquals(STORED, MANIFEST.render());
        assertEquals(new DataManifest.Parsed.Known(MANIFEST), DataManifest.parse(STORED));
    }

    @Test
    void linesOfLaterVersionsArePassedOver() {
        assertEquals(
                new DataManifest.Parsed.Known(MANIFEST),
                DataManifest.parse(STORED + "family = later\nno equals sign\n"));
    }

    @Test
    void whatIsNoVersionIsNotPassedOnToATerminal() {
        assertEquals(
                new DataManifest.Parsed.Newer(9, "an unknown version"),
                DataManifest.parse("format = 9\nwritten_by = \u001b[31mred\n"));
    }

    @Test
    void aNewerFormatIsNamedWhateverElseItSays() {
        assertEquals(
                new DataManifest.Parsed.Newer(9, "2.0"),
                DataManifest.parse("format = 9\nwritten_by = 2.0\n"));
        assertEquals(
                new DataManifest.Parsed.Newer(9, "an unknown version"),
                DataManifest.parse("format = 9"));
    }
}
