package org.elohim.protocol.certificate;

import org.elohim.protocol.Bytes;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes values in DER, as far as certificates need it: each is a tag, a length and its content.
final class Der {
    private static final int BOOLEAN = 0x01;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_ID = 0x06;
    private static final int UTF8_STRING = 0x0c;
    private static final int UTC_TIME = 0x17;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int CONTEXT = 0xa0;

    private static final int SHORT_LENGTH_MAX = 0x7f;

    private Der() {}

    static Bytes sequence(Bytes... parts) {
        return value(SEQUENCE, concat(parts));
    }

    static Bytes set(Bytes... parts) {
        return value(SET, concat(parts));
    }

    static Bytes integer(BigInteger number) {
        return value(INTEGER, Bytes.copyOf(number.toByteArray()));
    }

    static Bytes yes() {
        return value(BOOLEAN, Bytes.copyOf(new byte[] {(byte) 0xff}));
    }

    static Bytes octets(Bytes content) {
        return value(OCTET_STRING, content);
    }

    static Bytes text(String words) {
        return value(UTF8_STRING, Bytes.copyOf(words.getBytes(StandardCharsets.UTF_8)));
    }

    /// Bits, the last `unused` of which mean nothing.
    static Bytes bits(Bytes content, int unused) {
        return value(BIT_STRING, concat(Bytes.copyOf(new byte[] {(byte) unused}), content));
    }

    /// A time of the years 1950 to 2049, as `yyMMddHHmmssZ`.
    static Bytes timeOfThisAge(String time) {
        return value(UTC_TIME, Bytes.copyOf(time.getBytes(StandardCharsets.US_ASCII)));
    }

    /// Any other time, as `yyyyMMddHHmmssZ`.
    static Bytes time(String time) {
        return value(GENERALIZED_TIME, Bytes.copyOf(time.getBytes(StandardCharsets.US_ASCII)));
    }

    static Bytes tagged(int number, Bytes content) {
        return value(CONTEXT | number, content);
    }

    /// An object identifier, as `1.3.101.112`.
    static Bytes objectId(String dotted) {
        long[] arcs = Arrays.stream(dotted.split("\\.", -1)).mapToLong(Long::parseLong).toArray();
        var content = new ByteArrayOutputStream();
        base128(content, arcs[0] * 40 + arcs[1]);
        for (int i = 2; i < arcs.length; i++) {
            base128(content, arcs[i]);
        }
        return value(OBJECT_ID, Bytes.copyOf(content.toByteArray()));
    }

    private static void base128(ByteArrayOutputStream out, long number) {
        int septets = 1;
        while (number >>> (7 * septets) != 0) {
            septets++;
        }
        for (int left = septets - 1; left >= 0; left--) {
            int more = left == 0 ? 0 : 0x80;
            out.write(((int) (number >>> (7 * left)) & 0x7f) | more);
        }
    }

    private static Bytes value(int tag, Bytes content) {
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.size() <= SHORT_LENGTH_MAX) {
            out.write(content.size());
        } else {
            byte[] length = BigInteger.valueOf(content.size()).toByteArray();
            // A leading zero is the sign's.
            int from = length[0] == 0 ? 1 : 0;
            out.write(0x80 | (length.length - from));
            out.write(length, from, length.length - from);
        }
        out.writeBytes(content.toArray());
        return Bytes.copyOf(out.toByteArray());
    }

    private static Bytes concat(Bytes... parts) {
        var out = new ByteArrayOutputStream();
        for (Bytes part : parts) {
            out.writeBytes(part.toArray());
        }
        return Bytes.copyOf(out.toByteArray());
    }
}
