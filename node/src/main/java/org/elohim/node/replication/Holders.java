package org.elohim.node.replication;

import org.elohim.node.data.SafeFile;
import org.elohim.protocol.blob.replication.FailureDomain;
import org.elohim.protocol.blob.replication.Holder;
import org.elohim.protocol.blob.replication.Sight;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which full nodes the family has, as holders of blobs: also those that are switched off, which a
/// file remembers, since whoever is not named would count as gone for good. For many threads.
///
/// Invariants: a node stands in the file before anything is given to it; it goes only by the
/// family's word.
final class Holders {
    private static final Logger LOG = LoggerFactory.getLogger(Holders.class);

    static final String NAME = "blob-holders";

    private static final int FILE_BYTES_MAX = 1 << 20;
    private static final int WORDS = 4;
    // An answer may be lost, or late.
    private static final int MISSES_MAX = 2;
    // Of one that was only heard of; it says so itself once it is there.
    private static final String NO_DISK = "unknown";

    private final NodeId self;
    private final Path file;
    private final SortedMap<NodeId, Known> known = new TreeMap<>();
    private final Set<NodeId> gone = new HashSet<>();

    private record Known(Room room, long awaySinceMillis, int misses) {
        Sight.Seen seen(NodeId node) {
            return new Sight.Seen(
                    new Holder(node, room.domain().name(), room.capacityBytes()),
                    awaySinceMillis,
                    room.hasRoom());
        }
    }

    /// What came of a word.
    ///
    /// @param isNews whether the family is seen differently now
    /// @param hasAnotherDisk whether the node has lost all that it had
    record Change(boolean isNews, boolean hasAnotherDisk) {
        static final Change NONE = new Change(false, false);
    }

    Holders(NodeId self, Path directory) {
        this.self = self;
        this.file = directory.resolve(NAME);
    }

    /// Reads who was known before, but for who was told to be gone by now. What is damaged is found
    /// again: by the log, and by whoever comes.
    synchronized void read(long nowMillis) {
        if (Files.notExists(file)) {
            return;
        }
        try {
            for (String line : SafeFile.read(file, FILE_BYTES_MAX).lines().toList()) {
                List<String> words = List.of(line.split(" ", -1));
                if (words.size() != WORDS) {
                    throw new IOException("words=" + words.size());
                }
                known.put(
                        NodeId.parse(words.get(0)),
                        new Known(
                                new Room(
                                        words.get(1),
                                        new FailureDomain(words.get(2)),
                                        Long.parseLong(words.get(3)),
                                        false,
                                        0),
                                nowMillis,
                                MISSES_MAX));
            }
        } catch (IOException | IllegalArgumentException damaged) {
            LOG.warn("{} is damaged and made anew: {}", file, damaged.getMessage());
        }
        if (known.keySet().removeAll(gone)) {
            write();
        }
    }

    private void write() {
        var lines = new StringBuilder();
        known.forEach(
                (node, each) ->
                        lines.append(node)
                                .append(' ')
                                .append(each.room().disk())
                                .append(' ')
                                .append(each.room().domain().name())
                                .append(' ')
                                .append(each.room().capacityBytes())
                                .append('\n'));
        try {
            SafeFile.write(file, lines.toString());
        } catch (IOException failed) {
            LOG.warn("{} cannot be written: {}", file, failed.toString());
        }
    }

    /// The node has said this of itself; it is here.
    synchronized Change heard(NodeId node, Room room) {
        Known before = known.get(node);
        gone.remove(node);
        known.put(node, new Known(room, Sight.HERE, 0));
        boolean isSameDisk = before != null && before.room().disk().equals(room.disk());
        if (before == null
                || !isSameDisk
                || !before.room().domain().equals(room.domain())
                || before.room().capacityBytes() != room.capacityBytes()) {
            write();
        }
        boolean isNews =
                before == null
                        || before.awaySinceMillis() != Sight.HERE
                        || !before.room().equals(room);
        boolean isAnother = before != null && !isSameDisk && !before.room().disk().equals(NO_DISK);
        return new Change(isNews, isAnother);
    }

    /// The node was asked, and has not answered.
    synchronized Change missed(NodeId node, long nowMillis) {
        Known before = known.get(node);
        if (before == null || before.awaySinceMillis() != Sight.HERE) {
            return Change.NONE;
        }
        boolean isAway = before.misses() + 1 >= MISSES_MAX;
        known.put(
                node,
                new Known(before.room(), isAway ? nowMillis : Sight.HERE, before.misses() + 1));
        return new Change(isAway, false);
    }

    /// The log counts on this node, so it was one of the family.
    synchronized void wasThere(NodeId node, long capacityBytes, long nowMillis) {
        if (!known.containsKey(node) && !gone.contains(node)) {
            known.put(
                    node,
                    new Known(
                            new Room(NO_DISK, FailureDomain.of(node), capacityBytes, false, 0),
                            nowMillis,
                            MISSES_MAX));
        }
    }

    /// The family's word: it is none of it any more.
    synchronized Change isGone(NodeId node) {
        gone.add(node);
        boolean wasKnown = known.remove(node) != null;
        if (wasKnown) {
            write();
        }
        return new Change(wasKnown, false);
    }

    synchronized SortedMap<NodeId, Sight.Seen> seen() {
        var seen = new TreeMap<NodeId, Sight.Seen>();
        known.forEach((node, each) -> seen.put(node, each.seen(node)));
        return seen;
    }

    /// The disk that a node had last, where it was known.
    synchronized Map<NodeId, String> disks() {
        Map<NodeId, String> disks = new TreeMap<>();
        known.forEach((node, each) -> disks.put(node, each.room().disk()));
        return disks;
    }

    synchronized Elsewhere.Nodes others() {
        Set<NodeId> here = new HashSet<>();
        Set<NodeId> away = new HashSet<>();
        known.forEach(
                (node, each) -> {
                    if (!node.equals(self)) {
                        (each.awaySinceMillis() == Sight.HERE ? here : away).add(node);
                    }
                });
        return new Elsewhere.Nodes(here, away);
    }
}
