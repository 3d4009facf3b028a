package org.elohim.node.family;

import org.elohim.node.data.SafeFile;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Address;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Where others of the family were met, in a file of one address a line, so that they are found
/// after a restart without anybody's help.
///
/// Invariants: the file is a help and never a need: where it cannot be read or written the node
/// goes on without it.
final class KnownAddresses {
    static final String FILE_NAME = "siblings";

    private static final Logger LOG = LoggerFactory.getLogger(KnownAddresses.class);
    private static final int FILE_BYTES_MAX = 1 << 17;

    private final Path file;
    private final Set<Address> addresses = new LinkedHashSet<>();

    KnownAddresses(Path directory) {
        file = directory.resolve(FILE_NAME);
        if (Files.exists(file)) {
            try {
                SafeFile.read(file, FILE_BYTES_MAX)
                        .lines()
                        .map(Address::parse)
                        .forEach(addresses::add);
            } catch (IOException | IllegalArgumentException unreadable) {
                LOG.warn("{} is not used: {}", file, unreadable.toString());
            }
        }
    }

    List<Address> all() {
        return List.copyOf(addresses);
    }

    void remember(Address address) {
        if (addresses.size() < Acquaintances.ADDRESSES_MAX && addresses.add(address)) {
            write();
        }
    }

    void forget(Address address) {
        if (addresses.remove(address)) {
            write();
        }
    }

    private void write() {
        try {
            SafeFile.write(
                    file,
                    addresses.stream().map(each -> each + "\n").collect(Collectors.joining()));
        } catch (IOException unwritable) {
            LOG.warn("{} is not written: {}", file, unwritable.toString());
        }
    }
}
