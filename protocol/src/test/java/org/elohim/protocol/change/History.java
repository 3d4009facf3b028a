package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/// A random history of some devices, and what a graph of it must answer, worked out naively.
///
/// Devices edit what they have, take over what others have, and now and then one goes back to an
/// old backup and edits on under its old actor id, which forks it.
public final class History {
    public final Map<ContentHash, ChangeChunk> changes = new LinkedHashMap<>();
    private final Map<ContentHash, Set<ContentHash>> pasts = new HashMap<>();

    private static final class Device {
        private final Bytes actor;
        private Set<ContentHash> has = new HashSet<>();
        private Optional<ChangeChunk> last = Optional.empty();
        private Set<ContentHash> backup = new HashSet<>();
        private Optional<ChangeChunk> backupLast = Optional.empty();

        Device(int number) {
            this.actor = Bytes.copyOf(new byte[] {(byte) number, 7});
        }
    }

    public static History random(long seed, int edits) {
        var random = new Random(seed);
        var history = new History();
        List<Device> devices = List.of(new Device(1), new Device(2), new Device(3), new Device(4));
        for (int i = 0; i < edits; i++) {
            Device device = devices.get(random.nextInt(devices.size()));
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 ->
                        device.has.addAll(devices.get(random.nextInt(devices.size())).has);
                case 4 -> {
                    device.backup = new HashSet<>(device.has);
                    device.backupLast = device.last;
                }
                case 5 -> {
                    device.has = new HashSet<>(device.backup);
                    device.last = device.backupLast;
                }
                default -> history.edit(device, random);
            }
        }
        return history;
    }

    private void edit(Device device, Random random) {
        Set<ContentHash> deps = new TreeSet<>(heads(device.has));
        // Automerge always names the own last change; other editors need not.
        if (random.nextInt(4) > 0) {
            device.last.ifPresent(last -> deps.add(last.hash()));
        }
        long seq = device.last.map(ChangeChunk::seq).orElse(0L) + 1;
        ChangeChunk change =
                Chunks.change(
                        List.copyOf(deps),
                        device.actor,
                        seq,
                        Bytes.copyOf(new byte[] {(byte) random.nextInt(3)}));
        add(change);
        device.has.add(change.hash());
        device.last = Optional.of(change);
    }

    private void add(ChangeChunk change) {
        Set<ContentHash> past = new HashSet<>(change.deps());
        change.deps().forEach(dep -> past.addAll(past(dep)));
        changes.put(change.hash(), change);
        pasts.put(change.hash(), past);
    }

    private Set<ContentHash> past(ContentHash hash) {
        return Objects.requireNonNull(pasts.get(hash));
    }

    private ChangeChunk change(ContentHash hash) {
        return Objects.requireNonNull(changes.get(hash));
    }

    /// The hashes in this set that nothing in the set builds on.
    Set<ContentHash> heads(Set<ContentHash> hashes) {
        Set<ContentHash> heads = new TreeSet<>(hashes);
        hashes.forEach(hash -> change(hash).deps().forEach(heads::remove));
        return heads;
    }

    public Set<ContentHash> closure(Set<ContentHash> hashes) {
        Set<ContentHash> closure = new HashSet<>(hashes);
        hashes.forEach(hash -> closure.addAll(past(hash)));
        return closure;
    }

    /// What nobody sees: the losing side of a fork and all that builds on it.
    Set<ContentHash> hidden() {
        Set<ContentHash> losers = new HashSet<>();
        Map<List<Object>, List<ContentHash>> siblings = new HashMap<>();
        for (ChangeChunk change : changes.values()) {
            List<Object> place = List.of(change.actor(), change.seq(), ownParent(change));
            siblings.computeIfAbsent(place, _ -> new ArrayList<>()).add(change.hash());
        }
        for (List<ContentHash> same : siblings.values()) {
            same.stream().sorted().skip(1).forEach(losers::add);
        }
        Set<ContentHash> hidden = new HashSet<>();
        for (ContentHash hash : changes.keySet()) {
            if (losers.contains(hash) || past(hash).stream().anyMatch(losers::contains)) {
                hidden.add(hash);
            }
        }
        return hidden;
    }

    private Optional<ContentHash> ownParent(ChangeChunk change) {
        Optional<ContentHash> direct = lowestOwn(change, change.deps());
        return direct.isPresent() ? direct : lowestOwn(change, past(change.hash()));
    }

    private Optional<ContentHash> lowestOwn(ChangeChunk change, Iterable<ContentHash> among) {
        ContentHash lowest = null;
        for (ContentHash hash : among) {
            ChangeChunk other = change(hash);
            if (other.actor().equals(change.actor())
                    && other.seq() == change.seq() - 1
                    && (lowest == null || hash.compareTo(lowest) < 0)) {
                lowest = hash;
            }
        }
        return Optional.ofNullable(lowest);
    }
}
