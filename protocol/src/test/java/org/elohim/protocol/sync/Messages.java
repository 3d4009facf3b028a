package org.elohim.protocol.sync;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One message of each kind for the golden files, and random ones.
final class Messages {
    private Messages() {}

    static DocumentId document(int number) {
        byte[] random = new byte[DocumentId.SIZE_BYTES];
        Arrays.fill(random, (byte) number);
        return DocumentId.ofRandom(random);
    }

    static ContentHash hash(int number) {
        byte[] bytes = new byte[ContentHash.SIZE_BYTES];
        Arrays.fill(bytes, (byte) number);
        return new ContentHash(Bytes.copyOf(bytes));
    }

    static NodeId node(int number) {
        return new NodeId(hash(number).bytes());
    }

    private static NodeId node(ContentHash key) {
        return new NodeId(key.bytes());
    }

    static Map<String, SyncMessage> golden() {
        var golden = new LinkedHashMap<String, SyncMessage>();
        Bytes challenge = hash(8).bytes();
        golden.put(
                "hello",
                new SyncMessage.Hello(
                        1,
                        node(7),
                        5,
                        -2,
                        11,
                        0,
                        0,
                        99,
                        12,
                        42,
                        challenge,
                        challenge.concat(challenge)));
        golden.put(
                "hello-acknowledged",
                new SyncMessage.Hello(
                        1,
                        node(7),
                        5,
                        -2,
                        11,
                        0,
                        41,
                        99,
                        12,
                        42,
                        challenge,
                        challenge.concat(challenge)));
        golden.put(
                "hello-attempt",
                new SyncMessage.Hello(
                        1, node(7), 5, -2, 11, 3, 41, 99, 12, 42, challenge, Bytes.EMPTY));
        golden.put(
                "events",
                new SyncMessage.Events(
                        43,
                        List.of(
                                new SyncMessage.Event(
                                        document(1),
                                        List.of(hash(1), hash(2)),
                                        Lane.LOCAL,
                                        List.of(Bytes.parseHex("0102"), Bytes.parseHex("03"))),
                                new SyncMessage.Event(
                                        document(2), List.of(hash(3)), Lane.OUTLIER, List.of()))));
        golden.put("compare", new SyncMessage.Compare(document(3)));
        golden.put("compare-first", new SyncMessage.Compare(null));
        golden.put(
                "digests",
                new SyncMessage.Digests(
                        List.of(
                                new SyncMessage.Digest(document(1), hash(4), 0),
                                new SyncMessage.Digest(document(2), hash(5), 0)),
                        true));
        golden.put(
                "digests-life",
                new SyncMessage.Digests(
                        List.of(
                                new SyncMessage.Digest(document(1), hash(4), 1),
                                new SyncMessage.Digest(document(2), hash(5), 300)),
                        false));
        golden.put(
                "need",
                new SyncMessage.Need(document(1), List.of(hash(1)), List.of(hash(2), hash(3))));
        golden.put("changes", new SyncMessage.Changes(document(1), List.of(Bytes.parseHex("04"))));
        golden.put("ack", new SyncMessage.Ack(SyncMessage.POSITION_MAX, Tier.DURABLE));
        golden.put(
                "refused",
                new SyncMessage.Refused(
                        document(1), List.of(hash(1)), Limit.DOCUMENT_BYTES, "zu groß"));
        golden.put("withdrawn", new SyncMessage.Withdrawn(44, document(1)));
        golden.put("deleted-life", new SyncMessage.Deleted(45, document(1), 1));
        golden.put("restored", new SyncMessage.Restored(46, document(1), 2));
        golden.put("ruled", new SyncMessage.Ruled(47, document(1), ruling(3)));
        golden.put("ruled-life", new SyncMessage.Ruled(47, document(1), ruling(3), 2));
        golden.put(
                "digests-ruling",
                new SyncMessage.Digests(
                        List.of(new SyncMessage.Digest(document(1), hash(4), 0, ruling(1))), true));
        golden.put("level", new SyncMessage.Level(46));
        golden.put("standing", new SyncMessage.Standing(10_000, 300, 12_345, true));
        golden.put("obstacle", new SyncMessage.Obstacle(Tier.DURABLE, "no other full node"));
        golden.put(
                "hello-part",
                new SyncMessage.Hello(
                        1, node(7), 5, -2, 11, 3, 41, 99, 12, 42, challenge, Bytes.EMPTY, part()));
        golden.put("challenge-part", new SyncMessage.Challenge(node(7), challenge, part()));
        golden.put("error", new SyncMessage.Failure("why"));
        golden.put("challenge", new SyncMessage.Challenge(node(7), challenge));
        return golden;
    }

    private static List<Part> part() {
        return List.of(Part.parse("reach:commons"), Part.parse("document:" + document(1)));
    }

    static Ruling ruling(long turn) {
        return new Ruling(turn, Reach.LOCAL, node(9));
    }

    private record Shown(ContentHash heads, long life) {}

    static Arbitrary<SyncMessage> any() {
        Arbitrary<DocumentId> document =
                Arbitraries.integers().between(0, 255).map(Messages::document);
        Arbitrary<ContentHash> hash = Arbitraries.integers().between(0, 255).map(Messages::hash);
        Arbitrary<List<ContentHash>> hashes = hash.list().ofMaxSize(5);
        Arbitrary<Bytes> bytes =
                Arbitraries.bytes().array(byte[].class).ofMaxSize(64).map(Bytes::copyOf);
        Arbitrary<List<Bytes>> changes = bytes.list().ofMaxSize(4);
        Arbitrary<Long> position = Arbitraries.longs().between(1, SyncMessage.POSITION_MAX);
        Arbitrary<Long> number = Arbitraries.longs();
        Arbitrary<Long> life = Arbitraries.longs().between(1, SyncMessage.LIFE_MAX / 2 - 1);
        Arbitrary<Ruling> ruling =
                Combinators.combine(
                                Arbitraries.longs().between(0, Ruling.TURN_MAX),
                                Arbitraries.of(Reach.values()),
                                hash)
                        .as((turn, reach, owner) -> new Ruling(turn, reach, node(owner)));
        Arbitrary<String> text = Arbitraries.strings().ascii().ofMaxLength(40);
        Arbitrary<SyncMessage.Event> event =
                Combinators.combine(
                                document,
                                hash.list().ofMinSize(1).ofMaxSize(4),
                                Arbitraries.of(Lane.values()),
                                changes)
                        .as(SyncMessage.Event::new);
        return Arbitraries.oneOf(
                Combinators.combine(hash, number, number, number, number, position, bytes, bytes)
                        .as(
                                (key, epoch, run, heldEpoch, heldRun, held, challenge, proof) ->
                                        new SyncMessage.Hello(
                                                1,
                                                node(key),
                                                run ^ held,
                                                epoch,
                                                run,
                                                held / 3,
                                                held / 2,
                                                heldEpoch,
                                                heldRun,
                                                held,
                                                challenge,
                                                proof)),
                Combinators.combine(position, event.list().ofMinSize(1).ofMaxSize(4))
                        .as(SyncMessage.Events::new),
                document.injectNull(0.3).map(SyncMessage.Compare::new),
                Arbitraries.maps(document, Combinators.combine(hash, life).as(Shown::new))
                        .ofMaxSize(5)
                        .map(
                                heads ->
                                        new SyncMessage.Digests(
                                                new TreeMap<>(heads)
                                                        .entrySet().stream()
                                                                .map(
                                                                        e ->
                                                                                new SyncMessage
                                                                                        .Digest(
                                                                                        e.getKey(),
                                                                                        e.getValue()
                                                                                                .heads(),
                                                                                        e.getValue()
                                                                                                .life()))
                                                                .toList(),
                                                true)),
                Combinators.combine(document, hashes, hashes).as(SyncMessage.Need::new),
                Combinators.combine(document, changes).as(SyncMessage.Changes::new),
                Combinators.combine(position, Arbitraries.of(Tier.values()))
                        .as(SyncMessage.Ack::new),
                Combinators.combine(document, hashes, Arbitraries.of(Limit.values()), text)
                        .as(SyncMessage.Refused::new),
                Combinators.combine(position, document).as(SyncMessage.Withdrawn::new),
                Combinators.combine(position, document, life)
                        .as((at, which, n) -> new SyncMessage.Deleted(at, which, 2 * n - 1)),
                Combinators.combine(position, document, life)
                        .as((at, which, n) -> new SyncMessage.Restored(at, which, 2 * n)),
                Combinators.combine(position, document, ruling, life)
                        .as((at, which, who, n) -> new SyncMessage.Ruled(at, which, who, n - 1)),
                position.map(SyncMessage.Level::new),
                text.map(SyncMessage.Failure::new),
                Combinators.combine(position, position, Arbitraries.of(true, false))
                        .as((n, at, whole) -> new SyncMessage.Standing(n, at, n / 2, whole)),
                Combinators.combine(Arbitraries.of(Tier.values()), text)
                        .as(SyncMessage.Obstacle::new),
                Combinators.combine(hash, bytes)
                        .as((key, nonce) -> new SyncMessage.Challenge(node(key), nonce)));
    }
}
