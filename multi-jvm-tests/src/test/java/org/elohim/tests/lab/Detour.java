package org.elohim.tests.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What some machines say to each other goes round by this JVM, where it gets its weather.
///
/// In each machine's network a relay stands for all the others, under their own addresses and at
/// these ports; none of them notices. Multicast does not pass.
///
/// Invariants: who is cut off from a machine gets no byte to it this way either.
final class Detour implements AutoCloseable {
    private final Map<String, Machine> machines = new HashMap<>();
    private final Map<String, Gate> gates = new HashMap<>();
    private final List<ServerSocketChannel> servers = new ArrayList<>();
    private final Weather weather;

    Detour(List<Machine> machines, List<Integer> ports, Path sockets, Weather weather) {
        this.weather = weather;
        machines.forEach(each -> this.machines.put(each.address(), each));
        for (Machine each : machines) {
            List<String> others =
                    machines.stream().filter(other -> other != each).map(Machine::address).toList();
            each.standFor(others);
            List<String> outward = new ArrayList<>();
            for (String other : others) {
                ports.forEach(port -> outward.addAll(List.of(other, Integer.toString(port))));
            }
            Path out = sockets.resolve("out" + each.number());
            servers.add(serve(each, out));
            Path in = sockets.resolve("in" + each.number());
            gates.put(each.address(), Gate.open(each.space(), in, out, outward));
        }
    }

    private ServerSocketChannel serve(Machine from, Path out) {
        try {
            var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(out));
            Thread.startVirtualThread(() -> accept(from, server));
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void accept(Machine from, ServerSocketChannel server) {
        while (true) {
            try {
                SocketChannel near = server.accept();
                Thread.startVirtualThread(() -> join(from, near));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void join(Machine from, SocketChannel near) {
        try {
            List<String> words = List.of(Relay.line(near).split(" ", -1));
            Machine to = machines.get(words.getFirst());
            Gate gate = gates.get(words.getFirst());
            if (to == null || gate == null) {
                throw new IOException("nobody has the address " + words.getFirst());
            }
            int port = Integer.parseInt(words.getLast());
            SocketChannel far = gate.connect(from.address(), to.address(), port);
            new Flow(near, far)
                    .begin(
                            () -> weather.flowing(to.hears(from)),
                            () -> weather.flowing(from.hears(to)));
        } catch (IOException unreachable) {
            try {
                near.close();
            } catch (IOException gone) {
                // It is what was wanted.
            }
        }
    }

    @Override
    public void close() {
        gates.values().forEach(Gate::close);
        for (ServerSocketChannel each : servers) {
            try {
                each.close();
            } catch (IOException gone) {
                // It is what was wanted.
            }
        }
    }
}
