package org.elohim.tests.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A network on this machine that nothing outside can see, and that sees nothing outside.
///
/// Its machines hang on one bridge. Whoever is outside reaches a port of theirs by a [Line]; for
/// them it comes from [#HUB].
///
/// Invariants: needs neither root nor a name for anything; whatever was started in it is gone when
/// it is closed or this JVM ends, however it ends.
public final class Lab implements AutoCloseable {
    /// The number of the bridge among the machines.
    public static final int HUB = 1;

    static final String BRIDGE = "bridge";
    private static final int MACHINES_MAX = 250;

    // The system ends a process when the thread that started it ends.
    private final ExecutorService starter =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("starter").daemon().factory());
    private final Queue<AutoCloseable> opened = new ConcurrentLinkedQueue<>();
    private final Space.Privilege privilege;
    private final Space hub;
    private final Gate gate;
    private final Path sockets;

    private Lab(Space.Privilege privilege) throws IOException {
        this.privilege = privilege;
        this.hub = Space.open(privilege);
        hub.ip(
                """
                link set lo up
                link add %1$s type bridge mcast_snooping 0
                addr add %2$s/24 dev %1$s
                link set %1$s up
                """
                        .formatted(BRIDGE, address(HUB)));
        // The path of a socket has about a hundred bytes.
        this.sockets = Files.createTempDirectory("elohim-lab");
        this.gate = Gate.open(hub, sockets.resolve("hub"), sockets.resolve("out"), List.of());
    }

    public static Lab open() {
        return open(Space.Privilege.here());
    }

    static Lab open(Space.Privilege privilege) {
        try {
            return new Lab(privilege);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// One more machine on the bridge.
    ///
    /// @param number its own, from 2 on
    public Machine machine(int number) {
        if (number <= HUB || number > MACHINES_MAX) {
            throw new IllegalArgumentException("number=" + number);
        }
        Machine machine = Machine.plug(hub, privilege, number);
        opened.add(machine);
        return machine;
    }

    /// What these machines say to each other at these ports has such weather from now on.
    public void detour(List<Machine> machines, List<Integer> ports, Weather weather) {
        opened.add(new Detour(machines, ports, sockets, weather));
    }

    /// A port of loopback that leads to that port of the machine.
    public Line line(Machine to, int port) {
        Line line = Line.open(() -> gate.connect("", to.address(), port));
        opened.add(line);
        return line;
    }

    /// Starts a process that ends with this JVM.
    ///
    /// @param command must end in [#mortal]
    public <P> P start(Callable<P> command) throws IOException {
        try {
            return starter.submit(command).get();
        } catch (ExecutionException failed) {
            throw new IOException(failed.getCause());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException(stopped);
        }
    }

    /// What stands before a command that shall end with the thread that started it.
    public static List<String> mortal() {
        return List.of("setpriv", "--pdeathsig", "KILL");
    }

    public static String address(int number) {
        return "10.77.0." + number;
    }

    @Override
    public void close() {
        for (AutoCloseable each : opened) {
            try {
                each.close();
            } catch (Exception gone) {
                throw new IllegalStateException(gone);
            }
        }
        // The last of the relays takes the sockets and their folder with it.
        gate.close();
        hub.close();
        starter.shutdown();
    }
}
