package org.elohim.tests.lab;

import org.elohim.tests.MemoryDevice;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A device that is at home with one node of the family at a time, and comes back to it whenever
/// the connection ends.
///
/// Invariants: what it has written it keeps, wherever it goes.
public final class FamilyDevice implements AutoCloseable {
    private static final int LOOK_EVERY_MILLIS = 100;

    private final MemoryDevice device;
    private final Map<FamilyNode, Line> lines = new HashMap<>();
    private final Thread keeper;
    private volatile FamilyNode home;
    private volatile FamilyNode connectedTo;
    private volatile boolean connected;

    public FamilyDevice(FamilyNode home) {
        this(home, MemoryDevice.Writing.SEALED);
    }

    public FamilyDevice(FamilyNode home, MemoryDevice.Writing writing) {
        this.device = new MemoryDevice(writing);
        this.home = home;
        this.connectedTo = home;
        this.keeper = Thread.ofVirtual().name("device of " + home.name()).start(this::keep);
    }

    private void keep() {
        try {
            while (true) {
                if (connected && (!device.trouble().isEmpty() || home != connectedTo)) {
                    device.disconnect();
                    connected = false;
                }
                if (!connected && home.isRunning()) {
                    connect(home);
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
            }
        } catch (InterruptedException closed) {
            // Whoever closed it goes on.
        }
    }

    private void connect(FamilyNode node) throws InterruptedException {
        try {
            device.connect(line(node).url(), node.operator());
            connectedTo = node;
            connected = true;
        } catch (InterruptedException closed) {
            throw closed;
        } catch (Exception unreachable) {
            // Tried again, for as long as this is its home.
        }
    }

    /// Its own way to a node, with weather of its own.
    public synchronized Line line(FamilyNode node) {
        return lines.computeIfAbsent(node, FamilyNode::line);
    }

    public FamilyNode home() {
        return home;
    }

    /// From now on it is there.
    public void moveTo(FamilyNode node) {
        home = node;
    }

    /// Breaks the connection it has.
    public void reset() {
        line(home).reset();
    }

    public MemoryDevice memory() {
        return device;
    }

    @Override
    public void close() {
        keeper.interrupt();
        try {
            keeper.join();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        device.close();
        synchronized (this) {
            lines.values().forEach(Line::close);
        }
    }
}
