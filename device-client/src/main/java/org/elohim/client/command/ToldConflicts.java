package org.elohim.client.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.elohim.crdt.Conflicts;
import org.elohim.crdt.Conflicts.Claim;
import org.elohim.crdt.Conflicts.Conflict;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.time.Instant;
import java.util.Set;
import java.util.StringJoiner;

/// A document's conflicts as a person reads them, who has to choose: where, between what, and whose
/// each value is.
///
/// @param ownActors those of this device
record ToldConflicts(DocumentId document, Conflicts conflicts, Set<Bytes> ownActors) {
    /// Enough to know a value again, and to keep it on a line or two.
    private static final int VALUE_CHARACTERS_MAX = 160;

    /// Enough to tell the devices of a family apart.
    private static final int ACTOR_BYTES_SHOWN = 4;

    ToldConflicts {
        ownActors = Set.copyOf(ownActors);
    }

    ObjectNode json() {
        ObjectNode json = JsonValues.JSON.createObjectNode().put("id", document.toString());
        ArrayNode all = json.putArray("conflicts");
        for (Conflict conflict : conflicts.listed()) {
            ObjectNode one = all.addObject().put("path", Places.of(conflict.path()));
            one.set("shown", json(conflict.shown()));
            ArrayNode hidden = one.putArray("hidden");
            conflict.hidden().forEach(claim -> hidden.add(json(claim)));
        }
        return json.put("more", conflicts.more());
    }

    private ObjectNode json(Claim claim) {
        ObjectNode json = JsonValues.JSON.createObjectNode();
        json.set("value", JsonValues.json(claim.value()));
        return json.put("own", isOwn(claim))
                .put("actor", claim.by().actor().toString())
                .put("change", claim.by().change().toString())
                .put("time", claim.by().time().map(Instant::toString).orElse(""));
    }

    String words() {
        if (conflicts.listed().isEmpty()) {
            return "No conflicts";
        }
        var text = new StringJoiner("\n");
        for (Conflict conflict : conflicts.listed()) {
            text.add(Places.of(conflict.path()));
            text.add("  shown   " + words(conflict.shown()));
            conflict.hidden().forEach(claim -> text.add("  hidden  " + words(claim)));
        }
        if (conflicts.more() > 0) {
            text.add(
                    "Up to %d more values are hidden; they are listed once these are settled"
                            .formatted(conflicts.more()));
        }
        return text.add(
                        "Settle one with ./elohim device set %s PATH VALUE: to one of its values, or to another"
                                .formatted(document))
                .toString();
    }

    private String words(Claim claim) {
        Bytes actor = claim.by().actor();
        return "%s  set by %s (%s)%s"
                .formatted(
                        words(claim.value()),
                        isOwn(claim) ? "this device" : "another device",
                        actor.slice(0, Math.min(ACTOR_BYTES_SHOWN, actor.size())),
                        claim.by().time().map(time -> " at " + time).orElse(""));
    }

    private static String words(Value value) {
        if (value instanceof Value.Unknown) {
            return "(not to be shown here)";
        }
        String json = JsonValues.json(value).toString();
        return json.codePointCount(0, json.length()) <= VALUE_CHARACTERS_MAX
                ? json
                : json.substring(0, json.offsetByCodePoints(0, VALUE_CHARACTERS_MAX)) + "…";
    }

    private boolean isOwn(Claim claim) {
        return ownActors.contains(claim.by().actor());
    }
}
