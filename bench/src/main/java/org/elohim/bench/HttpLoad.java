package org.elohim.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.Random;

/// Clients that ask and wait for the answer, all in one thread of a process of its own, so that
/// they take as little as can be of the machine that is measured.
///
/// Arguments: HOST PORT TOKEN put|get PATH CONNECTIONS BYTES WARM-UP-SECONDS SECONDS. Prints
/// `measuring` when it begins to count, then requests per second and its own share of a processor.
final class HttpLoad {
    private static final int READ_BYTES = 256 << 10;
    private static final String LENGTH = "content-length: ";
    private static final int STATUS_AT = "HTTP/1.1 ".length();

    private final Selector selector;
    private final ByteBuffer read = ByteBuffer.allocateDirect(READ_BYTES);
    private long answered;
    private long number = System.nanoTime();

    private HttpLoad(Selector selector) {
        this.selector = selector;
    }

    static void main(String[] words) throws IOException {
        var address = new InetSocketAddress(words[0], Integer.parseInt(words[1]));
        boolean isPut = words[3].equals("put");
        int bytes = Integer.parseInt(words[6]);
        String head =
                "%s %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n%s\r\n"
                        .formatted(
                                isPut ? "PUT" : "GET",
                                words[4],
                                words[2],
                                isPut ? "Content-Length: " + bytes + "\r\n" : "");
        try (Selector selector = Selector.open()) {
            var load = new HttpLoad(selector);
            for (int i = 0; i < Integer.parseInt(words[5]); i++) {
                load.connect(address, head, isPut ? bytes : 0);
            }
            load.runFor(Long.parseLong(words[7]));
            System.out.println("measuring");
            load.answered = 0;
            long from = System.nanoTime();
            long cpu = cpuNanos();
            load.runFor(Long.parseLong(words[8]));
            double nanos = System.nanoTime() - from;
            System.out.println(load.answered * 1e9 / nanos);
            System.out.println((cpuNanos() - cpu) / nanos);
        }
    }

    private static long cpuNanos() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
    }

    private void connect(InetSocketAddress address, String head, int bodyBytes) throws IOException {
        SocketChannel channel = SocketChannel.open(address);
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        var client = new Client(channel, head, bodyBytes);
        channel.register(selector, SelectionKey.OP_READ, client);
        client.ask();
    }

    private void runFor(long seconds) throws IOException {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (System.nanoTime() < end) {
            selector.select(
                    key -> {
                        try {
                            ((Client) key.attachment()).go(key);
                        } catch (IOException failed) {
                            throw new UncheckedIOException(failed);
                        }
                    },
                    100);
        }
    }

    private final class Client {
        private final SocketChannel channel;
        private final ByteBuffer request;
        private final int headBytes;
        private final StringBuilder head = new StringBuilder();
        private long missing = -1;

        Client(SocketChannel channel, String head, int bodyBytes) {
            this.channel = channel;
            byte[] text = head.getBytes(US_ASCII);
            headBytes = text.length;
            byte[] body = new byte[bodyBytes];
            new Random(++number).nextBytes(body);
            request = ByteBuffer.allocateDirect(headBytes + bodyBytes).put(text).put(body);
        }

        void ask() throws IOException {
            request.clear();
            if (request.capacity() > headBytes) {
                // No two alike.
                request.putLong(headBytes, ++number);
            }
            write();
        }

        private void write() throws IOException {
            channel.write(request);
            if (request.hasRemaining()) {
                channel.keyFor(selector).interestOps(SelectionKey.OP_WRITE);
            }
        }

        void go(SelectionKey key) throws IOException {
            if (key.isWritable()) {
                key.interestOps(SelectionKey.OP_READ);
                write();
                return;
            }
            read.clear();
            if (channel.read(read) < 0) {
                throw new IOException("the node hung up");
            }
            read.flip();
            while (read.hasRemaining()) {
                if (missing < 0) {
                    readHead();
                } else {
                    int taken = (int) Math.min(missing, read.remaining());
                    read.position(read.position() + taken);
                    missing -= taken;
                }
                if (missing == 0) {
                    missing = -1;
                    answered++;
                    ask();
                }
            }
        }

        private void readHead() throws IOException {
            while (read.hasRemaining()) {
                head.append((char) read.get());
                int end = head.length();
                if (end > 4 && head.charAt(end - 1) == '\n' && head.charAt(end - 3) == '\n') {
                    if (head.charAt(STATUS_AT) != '2') {
                        throw new IOException("refused: " + head);
                    }
                    String text = head.toString().toLowerCase(Locale.ROOT);
                    int at = text.indexOf(LENGTH) + LENGTH.length();
                    missing = Long.parseLong(text.substring(at, text.indexOf('\r', at)));
                    head.setLength(0);
                    return;
                }
            }
        }
    }
}
