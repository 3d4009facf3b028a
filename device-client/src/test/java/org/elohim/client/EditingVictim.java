package org.elohim.client;

import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.id.DocumentId;

/// A process that edits until it is killed, and names each change once its edit has returned.
final class EditingVictim {
    private EditingVictim() {}

    static void main(String[] arguments) {
        try (var replica = Replica.open(java.nio.file.Path.of(arguments[0]))) {
            Document document = replica.document(DocumentId.parse(arguments[1]));
            for (int i = 0; ; i++) {
                int number = i;
                Edited edited =
                        document.edit(
                                edit -> edit.set(Path.of("n" + number), new Value.Int(number)));
                if (edited instanceof Edited.Committed(var _, var hashes)) {
                    System.out.println(hashes.getFirst());
                }
            }
        }
    }
}
