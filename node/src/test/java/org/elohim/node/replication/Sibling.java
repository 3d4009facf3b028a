package org.elohim.node.replication;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;

import org.elohim.cluster.blob.BlobReplicator;
import org.elohim.cluster.family.FamilyTls;
import org.elohim.node.blob.BlobSettings;
import org.elohim.node.blob.BlobStore;
import org.elohim.node.blob.Found;
import org.elohim.node.blob.LargePut;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.FamilyCertificates;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A node's store and its door for blobs, on loopback, with a log that is never asked.
final class Sibling implements AutoCloseable {
    static final Duration WRITE_WITHIN = Duration.ofMillis(500);
    static final int SMALL_BYTES_MAX = 64 << 10;
    private static final BlobSettings SETTINGS =
            new BlobSettings(2 << 20, 1L << 30, SMALL_BYTES_MAX, 0, 45, Duration.ofDays(7));

    /// Where all of them are.
    static final Map<NodeId, Address> DOORS = new ConcurrentHashMap<>();

    final NodeId id;
    final BlobStore store;
    final BlobLine line;
    final Fetcher fetcher;
    final Set<NodeId> full = ConcurrentHashMap.newKeySet();
    final Pieces pieces;
    final FamilyTls tls;
    final BlobListener door;
    private final Answering answering;

    Sibling(ActorTestKit actors, Path directory, String family) throws IOException {
        this(actors, directory, family, BlobLine.SILENCE_MAX);
    }

    /// @param silence so long it waits for others to go on
    Sibling(ActorTestKit actors, Path directory, String family, Duration silence)
            throws IOException {
        var key = NodeKey.generate();
        id = key.id();
        store =
                BlobStore.open(
                        directory.resolve(id.toString()),
                        SETTINGS,
                        64 << 20,
                        InstantSource.system(),
                        new Random(1));
        tls = new FamilyTls(FamilyCertificates.of(FamilyKey.of(family)), key);
        line =
                new BlobLine(
                        Optional.of(tls),
                        node -> Optional.ofNullable(DOORS.get(node)),
                        WRITE_WITHIN,
                        silence);
        pieces = new Pieces(store, new Coding());
        var elsewhere = new Elsewhere(line, () -> new Elsewhere.Nodes(Set.of(), Set.of()));
        fetcher = new Fetcher(id, store, pieces, line, elsewhere);
        var log = new ReplicationLog(actors.system(), actors.spawn(nobody()));
        answering =
                new Answering(
                        full::contains,
                        pieces,
                        new Receiver(id, store, pieces, fetcher, log),
                        new Throttle(0));
        door = listen(0);
        DOORS.put(id, new Address("127.0.0.1", door.port()));
    }

    final BlobListener listen(int port) throws IOException {
        return new BlobListener(
                InetAddress.getLoopbackAddress(), port, tls, answering, WRITE_WITHIN);
    }

    private static Behavior<BlobReplicator.Command> nobody() {
        return Behaviors.ignore();
    }

    /// Puts it and tells its name.
    ContentHash put(byte[] content) throws IOException {
        if (store.isSmall(content.length)) {
            BlobStore.Putting putting = store.put(ByteBuffer.wrap(content));
            putting.outcome().toCompletableFuture().join();
            return putting.key();
        }
        try (LargePut put = store.beginLarge()) {
            put.write(ByteBuffer.wrap(content));
            ContentHash hash = put.finish();
            put.keep(hash);
            return hash;
        }
    }

    Manifest encode(ContentHash blob, long size) throws IOException {
        var opened = (Pieces.Opened.Open) pieces.open(PieceRef.whole(blob, size));
        try (var bytes = opened.bytes()) {
            return pieces.encode(blob, size, bytes);
        }
    }

    Fetcher.Fetched fetch(PieceRef piece, Optional<Manifest> manifest, Copies hints) {
        return fetcher.fetch(piece, manifest, hints).toCompletableFuture().join();
    }

    byte[] content(PieceRef piece) throws IOException {
        var opened = (Pieces.Opened.Open) pieces.kept(piece);
        try (var bytes = opened.bytes()) {
            var all = ByteBuffer.allocate((int) piece.lengthBytes());
            while (all.hasRemaining()) {
                all.put(bytes.read(all.position()));
            }
            return all.array();
        }
    }

    boolean lacks(ContentHash key) {
        return store.get(key) instanceof Found.Absent;
    }

    static Copies holding(Sibling node, Piece... pieces) {
        Copies copies = Copies.NONE;
        for (Piece piece : List.of(pieces)) {
            copies = copies.with(node.id, piece);
        }
        return copies;
    }

    @Override
    public void close() throws IOException {
        door.close();
        line.close();
        store.close();
    }
}
