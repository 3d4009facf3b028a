package org.elohim.node.replication;

import org.elohim.protocol.blob.replication.FailureDomain;

import java.util.List;

/// What a node says of its disk.
///
/// @param disk drawn by chance when the store was begun: another one means another disk
/// @param port where it is asked about blobs; zero where that is not known
record Room(String disk, FailureDomain domain, long capacityBytes, boolean hasRoom, int port) {
    private static final int WORDS = 5;
    private static final int DISK_CHARS_MAX = 64;
    private static final int PORT_MAX = 65_535;

    Room {
        if (disk.isEmpty()
                || disk.length() > DISK_CHARS_MAX
                || capacityBytes < 1
                || port < 0
                || port > PORT_MAX) {
            throw new IllegalArgumentException("disk=" + disk + " capacity=" + capacityBytes);
        }
    }

    String text() {
        return disk + " " + domain.name() + " " + capacityBytes + " " + hasRoom + " " + port;
    }

    static Room parse(String text) {
        List<String> words = List.of(text.strip().split(" ", -1));
        if (words.size() != WORDS) {
            throw new IllegalArgumentException("words=" + words.size());
        }
        return new Room(
                words.get(0),
                new FailureDomain(words.get(1)),
                Long.parseLong(words.get(2)),
                Boolean.parseBoolean(words.get(3)),
                Integer.parseInt(words.get(4)));
    }
}
