package org.elohim.protocol.automerge;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeMessage.Have;
import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// Any sync message.
final class Messages {
    private Messages() {}

    static Arbitrary<AutomergeMessage> any() {
        return Combinators.combine(hashes(), hashes(), have(), changes()).as(AutomergeMessage::new);
    }

    static Arbitrary<List<ContentHash>> hashes() {
        return bytes(32, 32).map(ContentHash::new).list().ofMaxSize(4);
    }

    private static Arbitrary<List<Have>> have() {
        Arbitrary<BloomFilter> filters =
                hashes().map(hashes -> BloomFilter.of(hashes.size(), hashes.stream()));
        return Combinators.combine(hashes(), filters).as(Have::new).list().ofMaxSize(2);
    }

    private static Arbitrary<List<Bytes>> changes() {
        return bytes(11, 100).list().ofMaxSize(4);
    }

    static Arbitrary<Bytes> bytes(int sizeMin, int sizeMax) {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofMinSize(sizeMin)
                .ofMaxSize(sizeMax)
                .map(Bytes::copyOf);
    }
}
