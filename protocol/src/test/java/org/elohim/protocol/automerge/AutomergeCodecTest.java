package org.elohim.protocol.automerge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeMessage.Have;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class AutomergeCodecTest {
    private static final String FLAGS = "020284";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "from-empty-0-ana",
                "from-empty-0-bob",
                "from-empty-1-ana",
                "from-empty-1-bob",
                "apart-0-ana",
                "apart-0-bob",
                "apart-1-ana",
                "apart-1-bob",
                "remembering-bob",
                "reset-ana"
            })
    void aMessageOfAutomergeIsReadAsItReadsItItself(String name) {
        String file = "messages/" + name + ".txt";
        Bytes bytes = Npm.value(file, "message");

        AutomergeMessage message = Npm.parsed(AutomergeCodec.decode(bytes));

        assertEquals(Npm.hashes(file, "head"), message.heads());
        assertEquals(Npm.hashes(file, "need"), message.need());
        assertEquals(
                Npm.values(file, "have").toList(),
                message.have().stream().map(Have::filter).map(BloomFilter::encoded).toList());
        assertEquals(
                Npm.hashes(file, "lastSync"),
                message.have().stream().flatMap(have -> have.lastSync().stream()).toList());
        assertEquals(Npm.values(file, "change").toList(), message.changes());
        assertEquals(
                Npm.hashes(file, "hash"),
                message.changes().stream().map(AutomergeCodecTest::hash).toList());
        assertEquals(name.equals("reset-ana"), message.isReset());
        // What we send is the same without the flags.
        assertEquals(bytes, AutomergeCodec.encode(message).concat(Bytes.parseHex(FLAGS)));
    }

    @Test
    void amongTheMessagesOfAutomergeAreAllParts() {
        // Else the test above would compare nothing with nothing.
        assertEquals(12, Npm.values("messages/apart-1-ana.txt", "change").count());
        assertEquals(1, Npm.values("messages/apart-0-bob.txt", "need").count());
        assertEquals(2, Npm.values("messages/remembering-bob.txt", "lastSync").count());
    }

    @Test
    void version2IsRefusedInWords() {
        Bytes bytes = Npm.value("messages/version-2.txt", "message");

        String reason = Npm.reason(AutomergeCodec.decode(bytes));

        assertTrue(reason.contains("version 2"), reason);
    }

    @ParameterizedTest
    @CsvSource({
        "'', version is cut off",
        "41, unknown version 65",
        "42, heads is cut off",
        "4201, heads=1 is more than the bytes can hold",
        "4200008000, not in its shortest form",
        "4200001100, have=17",
        "42000000ff0f, changes=2047 is more than the bytes can hold",
        "420000000002028400, bytes after the flags: 1",
        "4200000000038400, flags length=3",
    })
    void aMessageThatIsNoneIsRefusedInWords(String hex, String why) {
        String reason = Npm.reason(AutomergeCodec.decode(Bytes.parseHex(hex)));

        assertTrue(reason.contains(why), reason);
    }

    @Test
    void whoKnowsNothingAsksForNoReset() {
        assertFalse(
                new AutomergeMessage(List.of(), List.of(), List.of(Have.NOTHING), List.of())
                        .isReset());
    }

    @Test
    void documentIdsOfAutomergeRepoAreOurs() {
        List<String> lines = Npm.lines("ids.txt");

        assertEquals(20, lines.size());
        for (String line : lines) {
            int space = line.indexOf(' ');
            var id = new DocumentId(Bytes.parseHex(line.substring(space + 1)));
            assertEquals(line.substring(0, space), id.toString());
            assertEquals(id, DocumentId.parse(id.toString()));
        }
    }

    private static ContentHash hash(Bytes change) {
        return Npm.parsed(ChangeChunk.parse(change)).hash();
    }
}
