package org.elohim.node.family;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.cluster.family.Standing;
import org.elohim.protocol.family.Account;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a node says at its door of itself and its cluster, as JSON.
///
/// Invariants: whatever is read is bounded, and no more than the reader of it can take.
///
/// @param actors where its actors are
record DoorWords(Account account, String actors) {
    /// Of a cluster of as many nodes as anybody remembers.
    static final int BYTES_MAX = 1 << 17;

    private static final int NAME_CHARACTERS_MAX = 512;
    private static final JsonMapper MAPPER = new JsonMapper();

    static byte[] write(Standing standing) {
        Account account = standing.account();
        Map<String, Object> words = new LinkedHashMap<>();
        words.put("node", account.node().toString());
        words.put("process", account.process());
        words.put("actors", standing.actors());
        words.put("incarnation", account.incarnation());
        account.leader().ifPresent(leader -> words.put("leader", leader.toString()));
        standing.highest().map(Term::number).ifPresent(term -> words.put("term", term));
        List<Map<String, Object>> members = new ArrayList<>();
        standing.members().stream()
                .limit(Acquaintances.ADDRESSES_MAX)
                .forEach(each -> members.add(member(each, account)));
        words.put("members", members);
        try {
            return MAPPER.writeValueAsBytes(words);
        } catch (JsonProcessingException notOurs) {
            throw new IllegalStateException("cannot be written as JSON: " + words, notOurs);
        }
    }

    private static Map<String, Object> member(Standing.Member each, Account account) {
        Map<String, Object> member = new LinkedHashMap<>();
        member.put("node", each.node().toString());
        member.put("process", each.process());
        member.put("reachable", account.reachable().contains(each.process()));
        return member;
    }

    /// Reads what somebody answered.
    ///
    /// @throws IOException where it is no such answer, saying why
    static DoorWords read(byte[] json) throws IOException {
        JsonNode words = MAPPER.readTree(json);
        JsonNode members = words.path("members");
        if (members.size() > Acquaintances.ADDRESSES_MAX) {
            throw new IOException("members=" + members.size());
        }
        Set<String> names = new HashSet<>();
        Set<String> reachable = new HashSet<>();
        for (JsonNode member : members) {
            String name = text(member, "process");
            names.add(name);
            if (member.path("reachable").asBoolean()) {
                reachable.add(name);
            }
        }
        try {
            return new DoorWords(
                    new Account(
                            NodeId.parse(text(words, "node")),
                            text(words, "process"),
                            names,
                            reachable,
                            words.has("leader")
                                    ? Optional.of(NodeId.parse(text(words, "leader")))
                                    : Optional.empty()),
                    text(words, "actors"));
        } catch (IllegalArgumentException contradicting) {
            throw new IOException(contradicting.getMessage(), contradicting);
        }
    }

    private static String text(JsonNode of, String field) throws IOException {
        JsonNode value = of.path(field);
        if (!value.isTextual() || value.textValue().length() > NAME_CHARACTERS_MAX) {
            throw new IOException("it tells no " + field);
        }
        return value.textValue();
    }
}
