package org.elohim.tests;

import org.elohim.protocol.family.Announcement;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Somebody in a local network who is no family: listens to what is announced there, sends rubbish
/// and a flood, and asks a node what it made of that. A process of its own in a network namespace.
///
/// Its lines: `cluster NAME` for each cluster that is announced; `rubbish COUNTERS` once the node
/// has heard some of it; `flood COUNTERS` after the last burst.
final class LoudNeighbour {
    private static final String GROUP = "224.0.0.251";
    private static final int PORT = 5_353;
    private static final int PACKET_BYTES_MAX = 9_000;
    private static final Pattern CLUSTER = Pattern.compile("cluster=([!-~]+#[0-9]+)");
    private static final int RUBBISH = 300;
    // A minute of it or more, where nobody says that it is enough.
    private static final int BURSTS_MAX = 400;
    // A good part of it gets lost where nobody reads fast enough.
    private static final int FLOOD_NAMES = 12_000;
    private static final int NAMES_PER_PACKET = 20;
    private static final int PTR = 12;
    private static final int TXT = 16;
    private static final int SRV = 33;
    private static final int A = 1;
    private static final int TTL_SECONDS = 120;

    private final Random random = new Random(1);
    private final Set<String> clusters = new HashSet<>();
    private final MulticastSocket socket;
    private final InetSocketAddress group;
    private final String tag;
    private final String counters;
    private final String operator;

    private LoudNeighbour(String address, String tag, String node, Path token) throws IOException {
        this.tag = tag;
        this.counters = node + "/sync/counters";
        this.operator = Files.readString(token).strip();
        InetAddress own = InetAddress.getByName(address);
        socket = new MulticastSocket(PORT);
        group = new InetSocketAddress(GROUP, PORT);
        NetworkInterface line = NetworkInterface.getByInetAddress(own);
        socket.setNetworkInterface(line);
        socket.joinGroup(group, line);
        socket.setSoTimeout(100);
    }

    /// Arguments: the own address, the family's tag, the node's HTTP address and its token's file;
    /// then three files, which appear once rubbish is wanted, once rubbish and flood are, and once
    /// there was enough of it.
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path rubbish = Path.of(arguments[4]);
        while (!Files.exists(rubbish)) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        var neighbour =
                new LoudNeighbour(arguments[0], arguments[1], arguments[2], Path.of(arguments[3]));
        neighbour.listen(Path.of(arguments[5]));
        neighbour.rubbish();
        neighbour.flood(Path.of(arguments[6]));
    }

    private void listen(Path enough) throws IOException {
        while (!Files.exists(enough)) {
            send(question());
            for (int i = 0; i < 5; i++) {
                hear();
            }
        }
    }

    private void hear() throws IOException {
        var packet = new DatagramPacket(new byte[PACKET_BYTES_MAX], PACKET_BYTES_MAX);
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException silence) {
            return;
        }
        String text =
                new String(packet.getData(), 0, packet.getLength(), StandardCharsets.ISO_8859_1);
        Matcher told = CLUSTER.matcher(text);
        while (told.find()) {
            if (clusters.add(packet.getAddress().getHostAddress() + " " + told.group(1))) {
                System.out.println(
                        "cluster " + packet.getAddress().getHostAddress() + " " + told.group(1));
            }
        }
    }

    /// Names of the family whose content is nonsense, and packets that are none.
    private void rubbish() throws IOException, InterruptedException {
        int round = 0;
        while (!counted("rubbish", each -> each.get("garbage") > 0)) {
            for (int i = 0; i < RUBBISH; i++) {
                byte[] whole = nonsense(tag + "-Rubbish%d%08d".formatted(round % 10, i % 10));
                send(whole);
                byte[] noise = new byte[1 + random.nextInt(600)];
                random.nextBytes(noise);
                send(noise);
                send(Arrays.copyOf(whole, 1 + random.nextInt(whole.length)));
            }
            round++;
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private void flood(Path enough) throws IOException, InterruptedException {
        int number = 0;
        for (int burst = 0; burst < BURSTS_MAX && !Files.exists(enough); burst++) {
            for (int i = 0; i < FLOOD_NAMES / NAMES_PER_PACKET; i++) {
                var packet = new Packet(0x8400, 0, NAMES_PER_PACKET);
                for (int name = 0; name < NAMES_PER_PACKET; name++) {
                    packet.pointer("%016x-Stranger%08d".formatted(random.nextLong(), number++));
                }
                send(packet.bytes());
                if (i % 10 == 0) {
                    TimeUnit.MILLISECONDS.sleep(1);
                }
            }
        }
        System.out.println("flood " + ask());
    }

    private interface Counts {
        long get(String name);
    }

    /// Says what the node has counted, once that is enough.
    private boolean counted(String what, Predicate<Counts> enough) throws InterruptedException {
        String told = ask();
        boolean is =
                enough.test(
                        name -> {
                            Matcher count =
                                    Pattern.compile("\"announcements_" + name + "\":(\\d+)")
                                            .matcher(told);
                            return count.find() ? Long.parseLong(count.group(1)) : 0;
                        });
        if (is) {
            System.out.println(what + " " + told);
        }
        return is;
    }

    private String ask() throws InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(URI.create(counters))
                            .header("Authorization", "Bearer " + operator)
                            .build();
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void send(byte[] packet) throws IOException {
        socket.send(new DatagramPacket(packet, packet.length, group));
    }

    private static byte[] question() throws IOException {
        var packet = new Packet(0, 1, 0);
        packet.name(Announcement.SERVICE);
        packet.out.writeShort(PTR);
        packet.out.writeShort(1);
        return packet.bytes();
    }

    /// A whole announcement, of a node that cannot be.
    private static byte[] nonsense(String name) throws IOException {
        var packet = new Packet(0x8400, 0, 4);
        packet.pointer(name);
        packet.record(
                name + "." + Announcement.SERVICE,
                SRV,
                data -> {
                    data.out.writeShort(0);
                    data.out.writeShort(0);
                    data.out.writeShort(PORT);
                    data.name("loud.local.");
                });
        packet.record(
                name + "." + Announcement.SERVICE,
                TXT,
                data -> {
                    for (String text : List.of("v=1", "node=nobody", "port=-1", "at=,,,")) {
                        data.label(text);
                    }
                });
        packet.record("loud.local.", A, data -> data.out.write(new byte[] {10, 0, 0, 1}));
        return packet.bytes();
    }

    /// As much of DNS as it takes.
    private static final class Packet {
        private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
        final DataOutputStream out = new DataOutputStream(buffer);

        Packet(int flags, int questions, int answers) throws IOException {
            this(new short[] {0, (short) flags, (short) questions, (short) answers, 0, 0});
        }

        private Packet(short[] header) throws IOException {
            for (short each : header) {
                out.writeShort(each);
            }
        }

        private interface Data {
            void write(Packet into) throws IOException;
        }

        void pointer(String name) throws IOException {
            record(Announcement.SERVICE, PTR, data -> data.name(name + "." + Announcement.SERVICE));
        }

        void record(String name, int type, Data data) throws IOException {
            name(name);
            out.writeShort(type);
            out.writeShort(1);
            out.writeInt(TTL_SECONDS);
            var inner = new Packet(new short[0]);
            data.write(inner);
            byte[] bytes = inner.bytes();
            out.writeShort(bytes.length);
            out.write(bytes);
        }

        void name(String name) throws IOException {
            for (String label : name.split("\\.", -1)) {
                // Behind the last dot.
                if (!label.isEmpty()) {
                    label(label);
                }
            }
            out.writeByte(0);
        }

        void label(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.writeByte(bytes.length);
            out.write(bytes);
        }

        byte[] bytes() {
            return buffer.toByteArray();
        }
    }
}
