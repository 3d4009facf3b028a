package org.elohim.node.family;

import org.elohim.node.data.SafeFile;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Where others of the family were met, in a file of one address a line, and who was met there, so
/// that they are found after a restart without anybody's help.
///
/// Invariants: the file is a help and never a need: where it cannot be read or written the node
/// goes on without it.
final class KnownAddresses {
    static final String FILE_NAME = "siblings";

    private static final Logger LOG = LoggerFactory.getLogger(KnownAddresses.class);
    private static final int FILE_BYTES_MAX = 1 << 17;

    private final Path file;
    private final Map<Address, Optional<NodeId>> addresses = new LinkedHashMap<>();

    KnownAddresses(Path directory) {
        file = directory.resolve(FILE_NAME);
        if (Files.exists(file)) {
            try {
                SafeFile.read(file, FILE_BYTES_MAX).lines().forEach(this::read);
            } catch (IOException | IllegalArgumentException unreadable) {
                LOG.warn("{} is not used: {}", file, unreadable.toString());
            }
        }
    }

    private void read(String line) {
        String[] words = line.split(" ", 2);
        put(
                Address.parse(words[0]),
                words.length == 1 ? Optional.empty() : Optional.of(NodeId.parse(words[1])));
    }

    // Says whether there was room.
    private boolean put(Address address, Optional<NodeId> node) {
        if (!addresses.containsKey(address)
                && addresses.size() >= Acquaintances.ADDRESSES_MAX
                && !makeRoom()) {
            return false;
        }
        addresses.remove(address);
        addresses.put(address, node);
        node.filter(each -> places(each) > Acquaintances.NODE_ADDRESSES_MAX)
                .flatMap(each -> first(Optional.of(each)::equals))
                .ifPresent(addresses::remove);
        return true;
    }

    private boolean makeRoom() {
        Optional<Address> old = first(met -> met.map(node -> places(node) > 1).orElse(true));
        old.ifPresent(addresses::remove);
        return old.isPresent();
    }

    private Optional<Address> first(Predicate<Optional<NodeId>> met) {
        return addresses.entrySet().stream()
                .filter(each -> met.test(each.getValue()))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private int places(NodeId node) {
        return of(node).size();
    }

    List<Address> all() {
        return List.copyOf(addresses.keySet());
    }

    /// Where this node was met last.
    Set<Address> of(NodeId node) {
        return addresses.entrySet().stream()
                .filter(each -> each.getValue().equals(Optional.of(node)))
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /// @param node who was met there, where anybody was
    void remember(Address address, Optional<NodeId> node) {
        Optional<NodeId> before = addresses.get(address);
        if (before != null && node.isEmpty()) {
            return;
        }
        // Met there again it moves to the end, which is no news that is worth a write.
        if (put(address, node) && !node.equals(before)) {
            write();
        }
    }

    void forget(Address address) {
        if (addresses.containsKey(address)) {
            addresses.remove(address);
            write();
        }
    }

    private void write() {
        try {
            SafeFile.write(
                    file,
                    addresses.entrySet().stream()
                            .map(
                                    each ->
                                            each.getKey()
                                                    + each.getValue()
                                                            .map(node -> " " + node)
                                                            .orElse("")
                                                    + "\n")
                            .collect(Collectors.joining()));
        } catch (IOException unwritable) {
            LOG.warn("{} is not written: {}", file, unwritable.toString());
        }
    }
}
