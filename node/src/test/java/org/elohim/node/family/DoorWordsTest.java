package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.family.Standing;
import org.elohim.protocol.family.Account;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

class DoorWordsTest {
    private static final NodeId ID = NodeKey.generate().id();
    private static final String SELF = "akka://elohim@127.0.0.1:4003#1";
    private static final String OTHER = "akka://elohim@127.0.0.2:4003#2";

    @Test
    void whatIsToldIsUnderstood() throws Exception {
        var account = new Account(ID, SELF, Set.of(SELF, OTHER), Set.of(SELF), Optional.of(ID));
        var standing =
                new Standing(
                        account,
                        "akka://elohim@127.0.0.1:4003",
                        Optional.empty(),
                        Optional.of(new Term(7, ID)),
                        List.of(
                                member(SELF, Standing.Reach.REACHABLE),
                                member(OTHER, Standing.Reach.LOST)));
        byte[] words = DoorWords.write(standing);
        assertEquals(new DoorWords(account, "akka://elohim@127.0.0.1:4003"), DoorWords.read(words));
        String text = new String(words, StandardCharsets.UTF_8);
        assertTrue(text.contains("\"term\":7"), text);
        assertTrue(text.contains("\"incarnation\":\"" + SELF + "\""), text);
    }

    @Test
    void whoBelongsToNoClusterTellsThatToo() throws Exception {
        var account = new Account(ID, SELF, Set.of(), Set.of(), Optional.empty());
        var standing = new Standing(account, "here", Optional.empty(), Optional.empty(), List.of());
        assertEquals(new DoorWords(account, "here"), DoorWords.read(DoorWords.write(standing)));
    }

    @Test
    void theLargestFamilyFits() throws Exception {
        List<Standing.Member> members =
                IntStream.range(0, Acquaintances.ADDRESSES_MAX)
                        .mapToObj(
                                i ->
                                        member(
                                                "akka://elohim@[fd00:1234:5678:9abc:def0:1234:5678:"
                                                        + i
                                                        + "]:65535#18446744073709551615",
                                                Standing.Reach.REACHABLE))
                        .toList();
        var names = new HashSet<String>();
        members.forEach(each -> names.add(each.process()));
        var account = new Account(ID, members.getFirst().process(), names, names, Optional.of(ID));
        byte[] words =
                DoorWords.write(
                        new Standing(account, "here", Optional.empty(), Optional.empty(), members));
        assertTrue(words.length <= DoorWords.BYTES_MAX, words.length + " bytes");
        assertEquals(account, DoorWords.read(words).account());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"node\":\"12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq\"}",
                "{\"node\":\"nobody\",\"process\":\"a\",\"actors\":\"a\",\"members\":[]}",
                "{\"node\":\"12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq\",\"process\":\"a\",\"actors\":\"a\",\"members\":[{\"process\":\"b\"}]}",
                "{\"node\":\"12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq\",\"process\":\"a\",\"actors\":\"a\",\"members\":[{\"process\":7}]}"
            })
    void whatIsNoAnswerIsRefused(String words) {
        assertThrows(
                IOException.class, () -> DoorWords.read(words.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void moreMembersThanAnybodyRemembersAreRefused() {
        String members =
                String.join(
                        ",",
                        Collections.nCopies(
                                Acquaintances.ADDRESSES_MAX + 1, "{\"process\":\"a\"}"));
        assertThrows(
                IOException.class,
                () ->
                        DoorWords.read(
                                ("{\"node\":\""
                                                + ID
                                                + "\",\"process\":\"a\",\"actors\":\"a\",\"members\":["
                                                + members
                                                + "]}")
                                        .getBytes(StandardCharsets.UTF_8)));
    }

    private static Standing.Member member(String process, Standing.Reach reach) {
        return new Standing.Member(
                ID,
                process,
                process.replaceAll("#.*", ""),
                Optional.empty(),
                Part.FULL,
                "up",
                reach,
                0);
    }
}
