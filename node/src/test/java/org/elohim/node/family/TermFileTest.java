package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

class TermFileTest {
    @TempDir Path directory;

    @Test
    void whatIsWrittenIsReadAfterARestart() throws Exception {
        var first = new Term(7, NodeKey.generate().id());
        var second = new Term(8, NodeKey.generate().id());
        assertEquals(Optional.empty(), new TermFile(directory).read());
        new TermFile(directory).write(first);
        assertEquals(Optional.of(first), new TermFile(directory).read());
        new TermFile(directory).write(second);
        assertEquals(Optional.of(second), new TermFile(directory).read());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "7",
                "7 nobody",
                "0 12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq",
                "x y z"
            })
    void aDamagedOneIsToldOfAndNotPassedOver(String content) throws Exception {
        Files.writeString(directory.resolve(TermFile.NAME), content);
        var failure = assertThrows(StartFailure.class, () -> new TermFile(directory).read());
        assertEquals(ExitCode.UNTRUSTED_DATA, failure.exitCode());
        assertTrue(failure.getMessage().contains("is damaged"), failure.getMessage());
        assertEquals(content, Files.readString(directory.resolve(TermFile.NAME)));
    }
}
