package org.elohim.bench;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.security.SecureRandom;
import java.util.List;
import java.util.function.Consumer;

/// One author's changes of one document, each on top of the one before.
final class Author {
    private final DocumentId document;
    private final int actor;
    private List<ContentHash> last = List.of();
    private int seq;

    Author(DocumentId document, int actor) {
        this.document = document;
        this.actor = actor;
    }

    void write(LoadDevice device, Consumer<ContentHash> before) throws InterruptedException {
        Bytes change = PlainChange.chunk(last, actor, seq + 1, seq);
        ContentHash hash = PlainChange.hash(change);
        seq++;
        last = List.of(hash);
        before.accept(hash);
        device.write(document, hash, change);
    }

    static DocumentId newDocument() {
        byte[] bytes = new byte[DocumentId.SIZE_BYTES];
        new SecureRandom().nextBytes(bytes);
        return DocumentId.ofRandom(bytes);
    }
}
