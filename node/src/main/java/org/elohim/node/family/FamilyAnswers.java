package org.elohim.node.family;

import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.JoinCode;
import org.elohim.protocol.family.KeyRing;
import org.elohim.protocol.id.NodeId;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What is told of a family's keys, as the JSON of the API and of the command line.
public final class FamilyAnswers {
    private FamilyAnswers() {}

    /// For who administers the node alone: the code holds the key.
    public static Map<String, Object> code(KeyRing ring, List<Address> addresses) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("code", JoinCode.of(ring, addresses).text());
        answer.put("family", ring.family().toHex());
        answer.put("addresses", addresses.stream().map(Address::toString).toList());
        return answer;
    }

    public static Map<String, Object> rotated(KeyHerald.Report report) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("family", report.ring().family().toHex());
        report.ring()
                .nextEnd()
                .ifPresent(
                        end -> answer.put("old_key_until", Instant.ofEpochMilli(end).toString()));
        answer.put("given", report.given().stream().map(NodeId::toString).sorted().toList());
        List<Map<String, Object>> notGiven = new ArrayList<>();
        report.notGiven()
                .forEach(
                        (node, why) ->
                                notGiven.add(Map.of("node", node.toString(), "trouble", why)));
        answer.put("not_given", notGiven);
        return answer;
    }

    public static Map<String, Object> joined(KeyRing ring, FamilyKeys.Joined joined) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("joined", joined.name().toLowerCase(Locale.ROOT));
        answer.put("family", ring.family().toHex());
        return answer;
    }
}
