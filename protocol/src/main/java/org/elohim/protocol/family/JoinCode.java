package org.elohim.protocol.family;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// What a new node is given to become family: the key, and where to ask first.
///
/// Invariants: code and text determine each other; a mistyped text is told from a code.
///
/// The text is upper-case letters and digits in groups, without those that look alike: it can be
/// read aloud, and makes a small QR code.
///
/// @param family the lasting name of the family, and
/// @param generation how many keys it had before this one
public record JoinCode(FamilyKey key, Bytes family, long generation, List<Address> addresses) {
    public static final int ADDRESSES_MAX = 8;

    private static final String PREFIX = "ELOHIM";
    private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int GROUP = 5;
    private static final int CHECKSUM_BYTES = 4;
    private static final int VERSION = 1;
    // Of a family that has changed its key: says between the key and the addresses which it is.
    private static final int VERSION_CHANGED = 2;
    // A key as it is made for a family is so written half as long.
    private static final Pattern HEX = Pattern.compile("([0-9a-f]{2})+");
    private static final int KEY_IS_HEX = 1;

    public JoinCode {
        if (addresses.size() > ADDRESSES_MAX) {
            throw new IllegalArgumentException("addresses=" + addresses.size());
        }
        if (family.size() != FamilyKey.FAMILY_BYTES) {
            throw new IllegalArgumentException("family bytes=" + family.size());
        }
        if (generation < 0 || generation > KeyRing.GENERATION_MAX) {
            throw new IllegalArgumentException("generation=" + generation);
        }
        addresses = List.copyOf(addresses);
    }

    /// Of a family that has its first key.
    public JoinCode(FamilyKey key, List<Address> addresses) {
        this(key, key.family(), 0, addresses);
    }

    public static JoinCode of(KeyRing ring, List<Address> addresses) {
        KeyRing.Held newest = ring.newest();
        return new JoinCode(newest.key(), ring.family(), newest.generation(), addresses);
    }

    /// What a node holds that was given this code.
    public KeyRing ring() {
        return KeyRing.joining(key, family, generation);
    }

    private boolean isOfFirstKey() {
        return generation == 0 && family.equals(key.family());
    }

    /// Reads a code in whatever case, with or without its dashes and blanks.
    ///
    /// @throws IllegalArgumentException where the text is none, saying what is wrong with it and
    ///   nothing of the key
    public static JoinCode parse(String text) {
        String compact = text.toUpperCase(Locale.ROOT).replaceAll("[\\s-]", "");
        if (!compact.startsWith(PREFIX)) {
            throw new IllegalArgumentException("a join code begins with " + PREFIX);
        }
        byte[] all = digits(compact.substring(PREFIX.length()));
        int size = all.length - CHECKSUM_BYTES;
        if (size < 1) {
            throw new IllegalArgumentException("the join code is not complete");
        }
        Bytes payload = Bytes.copyOf(all, 0, size);
        if (!checksum(payload).equals(Bytes.copyOf(all, size, all.length))) {
            throw new IllegalArgumentException(
                    "the join code is mistyped or not complete: its checksum does not fit");
        }
        try {
            return read(payload.asReadOnlyBuffer());
        } catch (BufferUnderflowException tooShort) {
            throw new IllegalArgumentException("the join code is not complete", tooShort);
        }
    }

    private static JoinCode read(ByteBuffer in) {
        int version = in.get();
        if (version != VERSION && version != VERSION_CHANGED) {
            throw new IllegalArgumentException(
                    "this join code is of version %d, and only those up to %d are known here; use a newer elohim-node"
                            .formatted(version, VERSION_CHANGED));
        }
        boolean hex = in.get() == KEY_IS_HEX;
        Bytes secret = take(in, Short.toUnsignedInt(in.getShort()));
        FamilyKey key = FamilyKey.of(hex ? secret.toHex() : text(secret));
        boolean changed = version == VERSION_CHANGED;
        Bytes family = changed ? take(in, FamilyKey.FAMILY_BYTES) : key.family();
        long generation = changed ? in.getLong() : 0;
        var addresses = new ArrayList<Address>();
        while (in.hasRemaining()) {
            int port = Short.toUnsignedInt(in.getShort());
            Bytes host = take(in, Byte.toUnsignedInt(in.get()));
            addresses.add(new Address(text(host), port));
        }
        return new JoinCode(key, family, generation, addresses);
    }

    private static Bytes take(ByteBuffer in, int sizeBytes) {
        byte[] taken = new byte[Math.min(sizeBytes, in.remaining() + 1)];
        in.get(taken);
        return Bytes.copyOf(taken);
    }

    private static String text(Bytes bytes) {
        return new String(bytes.toArray(), StandardCharsets.UTF_8);
    }

    private Bytes payload() {
        var out = new ByteArrayOutputStream();
        String text = key.reveal();
        boolean hex = HEX.matcher(text).matches();
        byte[] secret =
                hex ? Bytes.parseHex(text).toArray() : text.getBytes(StandardCharsets.UTF_8);
        out.write(isOfFirstKey() ? VERSION : VERSION_CHANGED);
        out.write(hex ? KEY_IS_HEX : 0);
        writeShort(out, secret.length);
        out.writeBytes(secret);
        if (!isOfFirstKey()) {
            out.writeBytes(family.toArray());
            out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(generation).array());
        }
        for (Address address : addresses) {
            writeShort(out, address.port());
            out.write(address.host().length());
            out.writeBytes(address.host().getBytes(StandardCharsets.UTF_8));
        }
        return Bytes.copyOf(out.toByteArray());
    }

    private static void writeShort(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    /// The code in groups, for a person.
    public String text() {
        Bytes payload = payload();
        var out = new StringBuilder(PREFIX);
        long bits = 0;
        int count = 0;
        int written = 0;
        for (byte each : payload.concat(checksum(payload)).toArray()) {
            bits = bits << 8 | Byte.toUnsignedInt(each);
            for (count += 8; count >= 5; count -= 5) {
                write(out, written++, (int) (bits >> (count - 5)));
            }
        }
        if (count > 0) {
            write(out, written, (int) (bits << (5 - count)));
        }
        return out.toString();
    }

    private static void write(StringBuilder out, int index, int bits) {
        if (index % GROUP == 0) {
            out.append('-');
        }
        out.append(DIGITS.charAt(bits & 31));
    }

    private static byte[] digits(String text) {
        var out = new ByteArrayOutputStream();
        int bits = 0;
        int count = 0;
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            int digit = DIGITS.indexOf(lookAlike(each));
            if (digit < 0) {
                throw new IllegalArgumentException("no join code has the character '" + each + "'");
            }
            bits = (bits << 5 | digit) & 0xfff;
            count += 5;
            if (count >= 8) {
                count -= 8;
                out.write(bits >> count);
            }
        }
        if (count >= 5 || (bits & ((1 << count) - 1)) != 0) {
            throw new IllegalArgumentException("the join code is not complete");
        }
        return out.toByteArray();
    }

    private static char lookAlike(char each) {
        return switch (each) {
            case 'I', 'L' -> '1';
            case 'O' -> '0';
            default -> each;
        };
    }

    private static Bytes checksum(Bytes payload) {
        return ContentHash.of(payload).bytes().slice(0, CHECKSUM_BYTES);
    }

    @Override
    public String toString() {
        return "JoinCode[" + key + " at " + addresses + "]";
    }
}
