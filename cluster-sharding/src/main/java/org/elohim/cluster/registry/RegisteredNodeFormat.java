package org.elohim.cluster.registry;

import com.google.protobuf.InvalidProtocolBufferException;

import org.elohim.cluster.journal.StoredFormat;
import org.elohim.cluster.registry.RegisteredNode.Event;
import org.elohim.cluster.registry.RegisteredNode.State;

import java.time.Instant;
import java.util.List;

/// [RegisteredNode]'s events and snapshot as protobuf.
///
/// Invariants: whatever was once written is read back, also where a field has been added since.
public final class RegisteredNodeFormat {
    private RegisteredNodeFormat() {}

    public static List<StoredFormat<?>> formats() {
        return List.of(
                new StoredFormat<>(
                        "registered-node/registered",
                        Event.Registered.class,
                        RegisteredNodeFormat::message,
                        RegisteredNodeFormat::registered),
                new StoredFormat<>(
                        "registered-node/renamed",
                        Event.Renamed.class,
                        RegisteredNodeFormat::message,
                        RegisteredNodeFormat::renamed),
                new StoredFormat<>(
                        "registered-node/capacity-updated",
                        Event.CapacityUpdated.class,
                        RegisteredNodeFormat::message,
                        RegisteredNodeFormat::capacityUpdated),
                new StoredFormat<>(
                        "registered-node/snapshot",
                        State.Known.class,
                        RegisteredNodeFormat::message,
                        RegisteredNodeFormat::snapshot));
    }

    private static org.elohim.cluster.registry.wire.Registered message(Event.Registered event) {
        return org.elohim.cluster.registry.wire.Registered.newBuilder()
                .setDisplayName(event.displayName())
                .setCapacity(message(event.capacity()))
                .setAtMillis(event.at().toEpochMilli())
                .build();
    }

    private static Event.Registered registered(byte[] stored)
            throws InvalidProtocolBufferException {
        var message = org.elohim.cluster.registry.wire.Registered.parseFrom(stored);
        return new Event.Registered(
                message.getDisplayName(),
                capacity(message.getCapacity()),
                Instant.ofEpochMilli(message.getAtMillis()));
    }

    private static org.elohim.cluster.registry.wire.Renamed message(Event.Renamed event) {
        return org.elohim.cluster.registry.wire.Renamed.newBuilder()
                .setDisplayName(event.displayName())
                .setAtMillis(event.at().toEpochMilli())
                .build();
    }

    private static Event.Renamed renamed(byte[] stored) throws InvalidProtocolBufferException {
        var message = org.elohim.cluster.registry.wire.Renamed.parseFrom(stored);
        return new Event.Renamed(
                message.getDisplayName(), Instant.ofEpochMilli(message.getAtMillis()));
    }

    private static org.elohim.cluster.registry.wire.CapacityUpdated message(
            Event.CapacityUpdated event) {
        return org.elohim.cluster.registry.wire.CapacityUpdated.newBuilder()
                .setCapacity(message(event.capacity()))
                .setAtMillis(event.at().toEpochMilli())
                .build();
    }

    private static Event.CapacityUpdated capacityUpdated(byte[] stored)
            throws InvalidProtocolBufferException {
        var message = org.elohim.cluster.registry.wire.CapacityUpdated.parseFrom(stored);
        return new Event.CapacityUpdated(
                capacity(message.getCapacity()), Instant.ofEpochMilli(message.getAtMillis()));
    }

    private static org.elohim.cluster.registry.wire.Snapshot message(State.Known state) {
        return org.elohim.cluster.registry.wire.Snapshot.newBuilder()
                .setDisplayName(state.displayName())
                .setCapacity(message(state.capacity()))
                .setRegisteredAtMillis(state.registeredAt().toEpochMilli())
                .setUpdatedAtMillis(state.updatedAt().toEpochMilli())
                .build();
    }

    private static State.Known snapshot(byte[] stored) throws InvalidProtocolBufferException {
        var message = org.elohim.cluster.registry.wire.Snapshot.parseFrom(stored);
        return new State.Known(
                message.getDisplayName(),
                capacity(message.getCapacity()),
                Instant.ofEpochMilli(message.getRegisteredAtMillis()),
                Instant.ofEpochMilli(message.getUpdatedAtMillis()));
    }

    private static org.elohim.cluster.registry.wire.Capacity message(Capacity capacity) {
        return org.elohim.cluster.registry.wire.Capacity.newBuilder()
                .setCpuCores(capacity.cpuCores())
                .setMemoryBytes(capacity.memoryBytes())
                .setStorageBytes(capacity.storageBytes())
                .build();
    }

    private static Capacity capacity(org.elohim.cluster.registry.wire.Capacity message) {
        return new Capacity(
                message.getCpuCores(), message.getMemoryBytes(), message.getStorageBytes());
    }
}
