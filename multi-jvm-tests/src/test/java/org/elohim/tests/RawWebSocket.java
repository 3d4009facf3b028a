package org.elohim.tests;

import org.elohim.protocol.Bytes;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A WebSocket that can be used wrongly: whatever bytes, frames of any kind, in any order.
///
/// Invariants: nothing is checked on the way out; no call waits longer than the patience.
final class RawWebSocket implements AutoCloseable {
    static final int BINARY = 0x82;
    private static final int CLOSE = 0x88;
    private static final int MASKED = 0x80;
    private static final int PATIENCE_MILLIS = 20_000;
    // After the end; the other side may keep waiting for the rest of a frame that never comes.
    private static final int LINGER_MILLIS = 300;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final OutputStream out;

    private static final int MASK_BYTES = 4;
    private static final int HEAD_BYTES_MAX = 10;

    /// A frame of the other side.
    record Frame(int opcode, Bytes payload) {}

    RawWebSocket(URI address) throws IOException {
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(
                new InetSocketAddress(address.getHost(), address.getPort()), PATIENCE_MILLIS);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        out = socket.getOutputStream();
        write(
                """
                GET %s?%s HTTP/1.1\r
                Host: %s\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
                \r
                """
                        .formatted(address.getPath(), address.getQuery(), address.getAuthority())
                        .getBytes(StandardCharsets.US_ASCII));
        String head = head();
        if (!head.startsWith("HTTP/1.1 101")) {
            throw new AssertionError("no WebSocket: " + head);
        }
    }

    private String head() throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        return head.toString();
    }

    /// Sends these bytes as they are. What the other side does not take any more is no failure.
    void write(byte[] bytes) throws IOException {
        try {
            out.write(bytes);
        } catch (SocketException closedByTheOther) {
            return;
        }
    }

    /// Sends a frame; the first byte says whether it is the last of its message, and its opcode.
    void frame(int firstByte, byte[] payload) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES_MAX).put((byte) firstByte);
        if (payload.length < 126) {
            head.put((byte) (MASKED | payload.length));
        } else if (payload.length < 1 << 16) {
            head.put((byte) (MASKED | 126)).putShort((short) payload.length);
        } else {
            head.put((byte) (MASKED | 127)).putLong(payload.length);
        }
        byte[] frame = new byte[head.position() + MASK_BYTES + payload.length];
        head.flip().get(frame, 0, head.limit());
        // A mask of zeros changes nothing.
        System.arraycopy(payload, 0, frame, frame.length - payload.length, payload.length);
        write(frame);
    }

    Frame read() throws IOException {
        int opcode = in.readUnsignedByte() & 0x0f;
        long length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] payload = new byte[Math.toIntExact(length)];
        in.readFully(payload);
        return new Frame(opcode, Bytes.copyOf(payload));
    }

    /// Says goodbye, and nothing more.
    void end() throws IOException {
        frame(CLOSE, new byte[0]);
        try {
            socket.setSoTimeout(LINGER_MILLIS);
            socket.shutdownOutput();
        } catch (SocketException closedByTheOther) {
            return;
        }
    }

    /// Whether there is nothing more to be read, whatever way it ended.
    static boolean isEnd(IOException failure) {
        return failure instanceof EOFException
                || failure instanceof SocketException
                || failure instanceof SocketTimeoutException;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
