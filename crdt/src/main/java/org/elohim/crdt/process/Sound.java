package org.elohim.crdt.process;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.security.MessageDigest;
import java.util.List;

/// That so many changes at the beginning of a document's are known to survive together: told by
/// their digest, so that others in their place are not taken for them.
public record Sound(int count, ContentHash digest) {
    public static final Sound NONE = of(List.of());

    static Sound of(List<Candidate> survived) {
        MessageDigest sha256 = ContentHash.sha256();
        survived.forEach(change -> sha256.update(change.hash().bytes().asReadOnlyBuffer()));
        return new Sound(survived.size(), new ContentHash(Bytes.copyOf(sha256.digest())));
    }

    boolean isOf(List<Candidate> changes) {
        return count <= changes.size() && of(changes.subList(0, count)).equals(this);
    }
}
