package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class AnnouncementProperties {
    private static final NodeId NODE = NodeKey.generate().id();
    private static final FamilyKey KEY = FamilyKey.of("a family key of ours");
    private static final String NAME = Announcement.name(KEY.tag(), NODE);
    private static final Announcement OURS =
            new Announcement(NODE, 4002, List.of("192.168.1.7", "fd00::7"), "3@12D3");

    private static Optional<Announcement> parse(String name, Map<String, String> text) {
        return Announcement.parse(name, key -> Optional.ofNullable(text.get(key)));
    }

    @Property
    void whatIsAnnouncedIsReadBack(@ForAll @IntRange(min = 1, max = 65_535) int port) {
        var announced = new Announcement(NODE, port, List.of("10.0.0.1", "::1"), "");
        assertEquals(Optional.of(announced), parse(NAME, announced.text()));
        assertEquals(Optional.of(OURS), parse(NAME, OURS.text()));
    }

    @Property
    void garbageIsNothing(
            @ForAll @Size(max = 6) Map<String, String> changes, @ForAll String value) {
        for (String key : List.of("v", "node", "port", "at", "cluster")) {
            Map<String, String> text = new HashMap<>(OURS.text());
            text.put(key, value);
            parse(NAME, text)
                    .filter(_ -> !value.isEmpty())
                    .ifPresent(read -> assertTrue(read.text().containsValue(value)));
        }
        parse(NAME, changes);
        parse(value, OURS.text());
    }

    @Example
    void whatWouldAskOrCostSomethingIsNothing() {
        for (var wrong :
                List.of(
                        Map.entry("at", "printer.example"),
                        Map.entry("at", "1.2.3.4,1.2.3.4,1.2.3.4,1.2.3.4,1.2.3.4"),
                        Map.entry("at", ""),
                        Map.entry("port", "0"),
                        Map.entry("port", "99999999999"),
                        Map.entry("v", "2"),
                        Map.entry("node", NodeKey.generate().id().toString()),
                        Map.entry("cluster", "x".repeat(200)))) {
            Map<String, String> text = new HashMap<>(OURS.text());
            text.put(wrong.getKey(), wrong.getValue());
            assertEquals(Optional.empty(), parse(NAME, text), wrong.toString());
        }
    }

    @Example
    void aPlaceIsNamedByNumbersThatAreAnAddress() {
        for (String host :
                List.of(
                        "0.0.0.0",
                        "255.255.255.255",
                        "192.168.1.7",
                        "::",
                        "::1",
                        "fe80::",
                        "fe80::7",
                        "1:2:3:4:5:6:7::",
                        "2001:DB8:0:0:0:0:0:1")) {
            assertTrue(parse(NAME, at(host)).isPresent(), host);
            assertDoesNotThrow(() -> InetAddress.ofLiteral(host), host);
        }
        for (String host :
                List.of(
                        "999.1.1.1",
                        "1.2.3.256",
                        "1.2.3",
                        "01.2.3.4",
                        "printer",
                        "printer.example",
                        "abcd.beef",
                        ":::",
                        "1::2::3",
                        "1:2:3",
                        ":1:2:3:4:5:6:7",
                        "1:2:3:4:5:6:7:8:9",
                        "1:2:3:4:5:6:7:8::",
                        "fe80::7%eth0",
                        "12345::")) {
            assertEquals(Optional.empty(), parse(NAME, at(host)), host);
        }
    }

    private static Map<String, String> at(String host) {
        Map<String, String> text = new HashMap<>(OURS.text());
        text.put("at", host);
        return text;
    }

    @Example
    void aFamilyIsToldByItsTagAlone() {
        assertTrue(Announcement.isOf(KEY.tag(), NAME));
        assertFalse(Announcement.isOf(FamilyKey.of("a family key of theirs").tag(), NAME));
        assertFalse(NAME.contains(KEY.reveal()) || OURS.text().toString().contains(KEY.reveal()));
        assertTrue(NAME.length() <= 63, NAME);
    }
}
