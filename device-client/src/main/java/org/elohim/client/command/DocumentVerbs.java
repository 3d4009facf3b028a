package org.elohim.client.command;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.elohim.client.Document;
import org.elohim.client.Replica;
import org.elohim.client.SyncStatus;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Edit;
import org.elohim.crdt.Value;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/// The verbs that read and change documents. None of them needs a network.
final class DocumentVerbs {
    /// After a change: long enough for a node that is there.
    private static final Duration PUSH_WITHIN = Duration.ofSeconds(5);

    private final Arguments arguments;
    private final Printer printer;

    DocumentVerbs(Arguments arguments, Printer printer) {
        this.arguments = arguments;
        this.printer = printer;
    }

    int carryOut() throws Refused {
        String usage = arguments.verb() + " " + arguments.size();
        return switch (usage) {
            case "new 0", "set 3", "unset 2", "delete 1", "restore 1" -> changing(usage);
            case "get 1", "get 2", "ls 0", "log 1", "conflicts 1" -> reading(usage);
            default -> throw DeviceCommand.unknown(arguments);
        };
    }

    private int changing(String usage) throws Refused {
        try (var replica =
                arguments.offline()
                        ? Replica.openOffline(arguments.directory())
                        : Replica.open(arguments.directory())) {
            switch (usage) {
                case "new 0" -> created(replica);
                case "set 3" -> set(replica);
                case "unset 2" -> unset(replica);
                case "delete 1" -> {
                    Document document = known(replica);
                    if (!document.delete()) {
                        throw Refused.usage(document.id() + " is deleted already, or empty");
                    }
                    done(replica, document, "Deleted");
                }
                default -> {
                    Document document = known(replica);
                    if (!document.restore()) {
                        throw Refused.usage(document.id() + " is not deleted");
                    }
                    done(replica, document, "Restored");
                }
            }
        }
        return 0;
    }

    private void created(Replica replica) {
        Document made = replica.create();
        printer.print(
                JsonValues.JSON.createObjectNode().put("id", made.id().toString()),
                made.id().toString());
    }

    private void set(Replica replica) throws Refused {
        Document document = known(replica);
        String text = arguments.word(2);
        Value value = arguments.literal() ? new Value.Str(text) : JsonValues.parsed(text);
        var edit = new Edit();
        Places.set(edit, document.read(), arguments.word(1), value);
        carriedOut(replica, document, edit);
    }

    private void unset(Replica replica) throws Refused {
        Document document = known(replica);
        var edit = new Edit();
        Places.remove(edit, document.read(), arguments.word(1));
        carriedOut(replica, document, edit);
    }

    private void carriedOut(Replica replica, Document document, Edit edit) throws Refused {
        switch (document.edit(edit)) {
            case Edited.Committed _ -> done(replica, document, "Written");
            case Edited.Unchanged _ -> done(replica, document, "It says so already");
            case Edited.Refused(var reason) -> throw Refused.usage(reason);
        }
    }

    private void done(Replica replica, Document document, String what) {
        SyncStatus status = arguments.offline() ? replica.status() : replica.push(PUSH_WITHIN);
        long unsent =
                status.nodes().stream().mapToLong(SyncStatus.NodeStatus::unsent).min().orElse(0);
        boolean onNode = !status.nodes().isEmpty() && unsent == 0;
        ObjectNode json =
                JsonValues.JSON
                        .createObjectNode()
                        .put("id", document.id().toString())
                        .put("onNode", onNode);
        var heads = json.putArray("heads");
        document.heads().stream().map(ContentHash::toString).forEach(heads::add);
        String where =
                onNode
                        ? "and on the node"
                        : status.nodes().isEmpty()
                                ? "on this device"
                                : "on this device; " + status.nodes().getFirst().sentence();
        printer.print(json, "%s, %s".formatted(what, where));
    }

    private int reading(String usage) throws Refused {
        try (var replica = Replica.openOffline(arguments.directory())) {
            switch (usage) {
                case "ls 0" -> list(replica);
                case "log 1" -> log(known(replica));
                case "conflicts 1" -> conflicts(readable(replica));
                case "get 1" -> get(readable(replica), "");
                default -> get(readable(replica), arguments.word(1));
            }
        }
        return 0;
    }

    private void get(Document document, String place) throws Refused {
        Value found =
                Places.find(document.read(), place)
                        .orElseThrow(() -> Refused.usage("nothing stands at " + place));
        printer.print(JsonValues.json(found), JsonValues.bare(found));
        warnOfSetAside(document);
    }

    private void conflicts(Document document) {
        var told = new ToldConflicts(document.id(), document.conflicts(), document.ownActors());
        printer.print(told.json(), told.words());
        warnOfSetAside(document);
    }

    private void warnOfSetAside(Document document) {
        Map<ContentHash, String> quarantined = document.quarantined();
        if (!quarantined.isEmpty()) {
            printer.warn(
                    "%d changes of this document cannot be read and were set aside; ./elohim device log names them"
                            .formatted(quarantined.size()));
        }
    }

    private void list(Replica replica) {
        ObjectNode json = JsonValues.JSON.createObjectNode();
        var all = json.putArray("documents");
        var text = new StringJoiner("\n");
        for (DocumentId id : replica.documents()) {
            int changes = replica.document(id).history().size();
            all.addObject().put("id", id.toString()).put("changes", changes).put("deleted", false);
            text.add("%s  %s".formatted(id, changes == 1 ? "1 change" : changes + " changes"));
        }
        for (DocumentId id : replica.deleted()) {
            all.addObject()
                    .put("id", id.toString())
                    .put("changes", replica.document(id).history().size())
                    .put("deleted", true);
            text.add("%s  deleted".formatted(id));
        }
        printer.print(
                json,
                all.isEmpty()
                        ? "No documents. Make one with: ./elohim device new"
                        : text.toString());
    }

    private void log(Document document) {
        Map<ContentHash, String> quarantined = document.quarantined();
        ObjectNode json = JsonValues.JSON.createObjectNode().put("id", document.id().toString());
        var all = json.putArray("changes");
        var text = new StringJoiner("\n");
        for (Change change : List.copyOf(document.changes()).reversed()) {
            String when =
                    change instanceof ChangeChunk chunk
                            ? chunk.time().map(Instant::toString).orElse("")
                            : "";
            String aside = quarantined.getOrDefault(change.hash(), "");
            all.addObject()
                    .put("hash", change.hash().toString())
                    .put("actor", change.actor().toString())
                    .put("seq", change.seq())
                    .put("bytes", change.sizeBytes())
                    .put("time", when)
                    .put("setAside", aside);
            text.add(
                    "%s  %s %d  %d bytes  %s%s"
                            .formatted(
                                    change.hash(),
                                    change.actor(),
                                    change.seq(),
                                    change.sizeBytes(),
                                    when,
                                    aside.isEmpty() ? "" : "  set aside: " + aside));
        }
        printer.print(json, text.toString());
    }

    /// One that is not deleted either.
    private Document readable(Replica replica) throws Refused {
        Document document = known(replica);
        if (document.isDeleted()) {
            throw Refused.usage(
                    "%s is deleted; ./elohim device restore brings it back"
                            .formatted(document.id()));
        }
        return document;
    }

    /// A document that is on this device.
    private Document known(Replica replica) throws Refused {
        DocumentId id = id(arguments.word(0));
        if (!replica.documents().contains(id) && !replica.deleted().contains(id)) {
            throw Refused.usage(
                    "no document %s on this device; ./elohim device ls shows those there are, ./elohim device sync fetches those of the nodes"
                            .formatted(id));
        }
        return replica.document(id);
    }

    static DocumentId id(String text) throws Refused {
        try {
            return DocumentId.parse(text);
        } catch (IllegalArgumentException noId) {
            throw Refused.usage(
                    "'%s' is not the id of a document; ./elohim device ls shows them"
                            .formatted(text));
        }
    }
}
