package org.elohim.protocol.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What goes wrong, and the work that goes on meanwhile.
final class Faults {
    private final World world;
    private boolean on = true;

    Faults(World world) {
        this.world = world;
    }

    void start() {
        work();
        if (world.oneIn(4)) {
            swizzle();
        }
        next();
    }

    void stop() {
        on = false;
        world.network.unblockAll();
        world.replicas.forEach(Replica::start);
    }

    private void work() {
        world.afterMillis(
                world.between(1, 60),
                () -> {
                    if (on) {
                        Replica replica = any(world.replicas);
                        // Now and then a pile that outgrows every window and page.
                        int edits = world.oneIn(2_000) ? 1_500 : 1 + world.random.nextInt(3);
                        for (int i = 0; i < edits && replica.up; i++) {
                            replica.edit();
                        }
                        work();
                    }
                });
    }

    private void next() {
        world.afterMillis(
                world.between(5, 300),
                () -> {
                    if (on) {
                        strike();
                        next();
                    }
                });
    }

    private void strike() {
        Network.Link link = any(world.network.links());
        switch (world.random.nextInt(8)) {
            case 0, 1 -> {
                Replica replica = any(world.replicas);
                replica.crash();
                // Sometimes at once, so that the next crash meets it in the handshake.
                world.afterMillis(world.oneIn(3) ? 1 : world.between(1, 1_000), replica::start);
            }
            case 2 -> world.network.breakLink(link);
            case 3 -> world.network.connect(link);
            case 4 -> cut(link, 2);
            case 5 -> cut(link, world.random.nextInt(2));
            case 6 -> {
                for (Network.Link each : world.network.links()) {
                    if (world.random.nextBoolean()) {
                        world.network.breakLink(each);
                    }
                }
            }
            default -> world.network.unblockAll();
        }
    }

    /// In one direction, the other, or both; healed by itself.
    private void cut(Network.Link link, int how) {
        int millis = world.between(10, 3_000);
        if (how != 1) {
            world.network.block(link.a(), link.b());
            world.afterMillis(millis, () -> world.network.unblock(link.a(), link.b()));
        }
        if (how != 0) {
            world.network.block(link.b(), link.a());
            world.afterMillis(millis, () -> world.network.unblock(link.b(), link.a()));
        }
    }

    /// Cuts links one after the other, and restores them in another order.
    private void swizzle() {
        var order = new ArrayList<>(world.network.links());
        Collections.shuffle(order, world.random);
        long millis = 0;
        for (Network.Link link : order) {
            millis += world.between(10, 300);
            world.afterMillis(millis, () -> world.network.block(link.a(), link.b()));
        }
        Collections.shuffle(order, world.random);
        for (Network.Link link : order) {
            millis += world.between(10, 300);
            world.afterMillis(millis, () -> world.network.unblock(link.a(), link.b()));
        }
    }

    private <T> T any(List<T> among) {
        return among.get(world.random.nextInt(among.size()));
    }
}
