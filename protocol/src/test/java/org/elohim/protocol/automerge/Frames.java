package org.elohim.protocol.automerge;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.Frame.PeerMetadata;
import org.elohim.protocol.automerge.Frame.StorageHeads;
import org.elohim.protocol.id.DocumentId;

import java.util.List;

/// Any frame.
final class Frames {
    private Frames() {}

    static Arbitrary<Frame> any() {
        Arbitrary<String> id = ids();
        Arbitrary<List<String>> names = id.list().ofMaxSize(3);
        Arbitrary<DocumentId> document = documents();
        Arbitrary<Bytes> data = Messages.bytes(1, 50);
        Arbitrary<StorageHeads> heads =
                Combinators.combine(Messages.hashes(), numbers()).as(StorageHeads::new);
        return Arbitraries.oneOf(
                Combinators.combine(id, metadata(), names).as(Frame.Join::new),
                Combinators.combine(id, id, metadata(), id).as(Frame.Peer::new),
                Combinators.combine(id, id, Arbitraries.strings().ascii().ofMaxLength(80))
                        .as(Frame.Failure::new),
                id.map(Frame.Leave::new),
                Combinators.combine(id, id, document, data).as(Frame.Request::new),
                Combinators.combine(id, id, document, data).as(Frame.Sync::new),
                Combinators.combine(id, id, document).as(Frame.Unavailable::new),
                Combinators.combine(id, id, document, numbers(), id, data).as(Frame.Ephemeral::new),
                Combinators.combine(id, id, names, names).as(Frame.SubscriptionChange::new),
                Combinators.combine(id, id, document, Arbitraries.maps(id, heads).ofMaxSize(3))
                        .as(Frame.HeadsChanged::new));
    }

    private static Arbitrary<String> ids() {
        return Arbitraries.strings()
                .withCharRange('a', 'z')
                .withChars("é漢-0:")
                .ofMinLength(1)
                .ofMaxLength(40);
    }

    private static Arbitrary<Long> numbers() {
        return Arbitraries.longs().between(0, Frame.NUMBER_MAX);
    }

    private static Arbitrary<DocumentId> documents() {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofSize(DocumentId.SIZE_BYTES)
                .map(DocumentId::ofRandom);
    }

    private static Arbitrary<PeerMetadata> metadata() {
        return Combinators.combine(ids().injectNull(0.3), Arbitraries.of(true, false))
                .as(PeerMetadata::new);
    }
}
