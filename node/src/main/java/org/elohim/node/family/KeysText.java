package org.elohim.node.family;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.family.KeyRing;

import java.util.ArrayList;
import java.util.List;

/// What two nodes of a family tell each other of its keys, at the door, behind the handshake.
///
/// Invariants: while a key is given to some only, it is told to nobody who asks.
record KeysText(Bytes family, List<KeyRing.Told> keys) {
    static final int BYTES_MAX = 64 << 10;

    private static final JsonMapper JSON = new JsonMapper();

    KeysText {
        keys = List.copyOf(keys);
    }

    /// For those whom this node wants to have them.
    static KeysText of(KeyRing ring, long nowMillis) {
        return new KeysText(ring.family(), ring.told(nowMillis));
    }

    /// For those who have just told us theirs, and have shown any key that is trusted still.
    static KeysText answer(KeyRing ring, long nowMillis) {
        return ring.newest().overlapMillis() == KeyRing.AT_ONCE
                ? new KeysText(ring.family(), List.of())
                : of(ring, nowMillis);
    }

    String render() {
        var text = JSON.createObjectNode().put("family", family.toHex());
        var all = text.putArray("keys");
        for (KeyRing.Told told : keys) {
            all.addObject()
                    .put("key", told.key().reveal())
                    .put("generation", told.generation())
                    .put("overlap_ms", told.overlapMillis())
                    .put("remaining_ms", told.remainingMillis());
        }
        return text.toString();
    }

    /// Reads what another has told.
    ///
    /// @throws IllegalArgumentException where it is none of that, without repeating a key
    static KeysText parse(String text) {
        try {
            JsonNode read = JSON.readTree(text);
            var keys = new ArrayList<KeyRing.Told>();
            for (JsonNode each : read.path("keys")) {
                if (keys.size() == KeyRing.KEYS_MAX) {
                    throw new IllegalArgumentException("more than " + KeyRing.KEYS_MAX + " keys");
                }
                keys.add(
                        new KeyRing.Told(
                                FamilyKey.of(each.path("key").asText()),
                                each.path("generation").asLong(-1),
                                each.path("overlap_ms").asLong(-1),
                                each.path("remaining_ms").asLong(-1)));
            }
            Bytes family = Bytes.parseHex(read.path("family").asText());
            if (family.size() != FamilyKey.FAMILY_BYTES) {
                throw new IllegalArgumentException("family bytes=" + family.size());
            }
            return new KeysText(family, keys);
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException("no JSON", notJson);
        }
    }

    @Override
    public String toString() {
        return "KeysText" + keys;
    }
}
