package org.elohim.node.blob;

import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.id.ContentHash;

import java.util.Optional;
import java.util.OptionalInt;

/// How the files of a store are called.
final class FileNames {
    private static final String SEGMENT = ".pack";
    private static final String FREE = ".free";
    private static final String LARGE = ".blob";
    // Unfinished, whatever it was to become: gone at the next start.
    private static final String UNFINISHED = ".new";
    // Unfinished, and gone on with.
    private static final String PART = ".part";

    private FileNames() {}

    static String segment(int number) {
        return numbered(number) + SEGMENT;
    }

    static String free(int number) {
        return numbered(number) + FREE;
    }

    static String large(ContentHash hash) {
        return hash + LARGE;
    }

    static String unfinished(int number) {
        return numbered(number) + UNFINISHED;
    }

    static String part(UnfinishedBlobs.Name name) {
        ContentHash owner = name.owner();
        return name.blob() + (owner == null ? "" : "." + owner) + PART;
    }

    static OptionalInt segmentNumber(String name) {
        return number(name, SEGMENT);
    }

    static OptionalInt freeNumber(String name) {
        return number(name, FREE);
    }

    static Optional<ContentHash> largeHash(String name) {
        if (!name.endsWith(LARGE)) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    ContentHash.parse(name.substring(0, name.length() - LARGE.length())));
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }

    static Optional<UnfinishedBlobs.Name> partName(String name) {
        if (!name.endsWith(PART)) {
            return Optional.empty();
        }
        String[] hashes = name.substring(0, name.length() - PART.length()).split("\\.", 2);
        try {
            ContentHash blob = ContentHash.parse(hashes[0]);
            return Optional.of(
                    hashes.length == 1
                            ? UnfinishedBlobs.Name.ofNode(blob)
                            : new UnfinishedBlobs.Name(blob, ContentHash.parse(hashes[1])));
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }

    static boolean isUnfinished(String name) {
        return name.endsWith(UNFINISHED);
    }

    private static String numbered(int number) {
        return "%010d".formatted(number);
    }

    private static OptionalInt number(String name, String ending) {
        String digits =
                name.endsWith(ending) ? name.substring(0, name.length() - ending.length()) : "";
        if (!digits.matches("[0-9]{10}")) {
            return OptionalInt.empty();
        }
        long number = Long.parseLong(digits);
        return number <= Integer.MAX_VALUE ? OptionalInt.of((int) number) : OptionalInt.empty();
    }
}
