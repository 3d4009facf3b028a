package org.elohim.node.replication;

import java.util.List;

/// What a node says of its disk.
///
/// @param disk drawn by chance when the store was begun: another one means another disk
record Room(String disk, long capacityBytes, boolean hasRoom) {
    private static final int WORDS = 3;
    private static final int DISK_CHARS_MAX = 64;

    Room {
        if (disk.isEmpty() || disk.length() > DISK_CHARS_MAX || capacityBytes < 1) {
            throw new IllegalArgumentException("disk=" + disk + " capacity=" + capacityBytes);
        }
    }

    String text() {
        return disk + " " + capacityBytes + " " + hasRoom;
    }

    static Room parse(String text) {
        List<String> words = List.of(text.strip().split(" ", -1));
        if (words.size() != WORDS) {
            throw new IllegalArgumentException("words=" + words.size());
        }
        return new Room(
                words.get(0), Long.parseLong(words.get(1)), Boolean.parseBoolean(words.get(2)));
    }
}
