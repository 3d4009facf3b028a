package org.elohim.tests.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A port of this machine's loopback that leads to a port of a machine of the lab, or to another
/// one of its own, with weather of its own.
public final class Line implements AutoCloseable {
    private final ServerSocketChannel server;
    private final Queue<Flow> flows = new ConcurrentLinkedQueue<>();
    private volatile Weather there = Weather.CLEAR;
    private volatile Weather back = Weather.CLEAR;

    private Line(ServerSocketChannel server) {
        this.server = server;
    }

    interface Far {
        SocketChannel connect() throws IOException;
    }

    static Line open(Far far) {
        try {
            var server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            var line = new Line(server);
            Thread.startVirtualThread(() -> line.accept(far));
            return line;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// To a port of this machine's own loopback.
    public static Line toPort(int port) {
        var there = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return open(() -> SocketChannel.open(there));
    }

    private void accept(Far far) {
        while (true) {
            try {
                SocketChannel near = server.accept();
                Thread.startVirtualThread(() -> join(near, far));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void join(SocketChannel near, Far far) {
        try {
            near.setOption(StandardSocketOptions.TCP_NODELAY, true);
            var flow = new Flow(near, far.connect());
            flows.removeIf(each -> !each.isOpen());
            flows.add(flow);
            flow.begin(() -> there, () -> back);
        } catch (IOException unreachable) {
            breakOff(near);
        }
    }

    // As a machine does at which nobody listens.
    private static void breakOff(SocketChannel near) {
        try {
            near.setOption(StandardSocketOptions.SO_LINGER, 0);
            near.close();
        } catch (IOException gone) {
            // It is what was wanted.
        }
    }

    /// What weather there is from now on, towards the machine and from it.
    public void weather(Weather towards, Weather from) {
        there = towards;
        back = from;
    }

    /// Breaks all connections.
    public void reset() {
        flows.forEach(Flow::close);
        flows.clear();
    }

    public String url() {
        return "http://" + address();
    }

    public String address() {
        try {
            return "127.0.0.1:" + ((InetSocketAddress) server.getLocalAddress()).getPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException gone) {
            // It is what was wanted.
        }
        reset();
    }
}
