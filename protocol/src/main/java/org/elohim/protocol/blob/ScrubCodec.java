package org.elohim.protocol.blob;

import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.blob.Scrub.Pass;
import org.elohim.protocol.blob.Scrub.Tally;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/// How far a scrub has come, as bytes with a check.
public final class ScrubCodec {
    /// All of it, always.
    public static final int SIZE_BYTES = 160;

    private static final long MAGIC = 0x31425243_4d494848L;
    private static final int VERSION = 1;
    private static final int CHECKED_FROM = 12;
    private static final int NO_PASS = 0;
    private static final int LIGHT = 1;
    private static final int FULL = 2;

    private ScrubCodec() {}

    public static ByteBuffer encode(Scrub scrub) {
        var out = ByteBuffer.allocate(SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(0).putInt(VERSION);
        out.putLong(scrub.lastLight()).putLong(scrub.lastFull());
        out.putLong(scrub.nextLight()).putLong(scrub.nextFull());
        put(out, scrub.total());
        out.putLong(scrub.healed());
        out.putInt(scrub.pass().map(pass -> pass.full() ? FULL : LIGHT).orElse(NO_PASS));
        scrub.pass().ifPresent(pass -> put(out, pass));
        out.putInt(8, PackFormat.check(out.slice(CHECKED_FROM, SIZE_BYTES - CHECKED_FROM)));
        return out.clear();
    }

    private static void put(ByteBuffer out, Pass pass) {
        out.putLong(pass.begun()).putInt(pass.untilSegment());
        out.putInt(pass.after().segment()).putInt(pass.after().offset());
        put(out, pass.tally());
    }

    private static void put(ByteBuffer out, Tally tally) {
        out.putLong(tally.blobs()).putLong(tally.bytes());
        out.putLong(tally.damaged()).putLong(tally.unreadable());
    }

    /// Nothing where these are not those bytes, or damaged.
    public static Optional<Scrub> decode(ByteBuffer from) {
        if (from.remaining() != SIZE_BYTES) {
            return Optional.empty();
        }
        ByteBuffer in = from.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (in.getLong() != MAGIC
                || in.getInt()
                        != PackFormat.check(in.slice(CHECKED_FROM, SIZE_BYTES - CHECKED_FROM))
                || in.getInt() != VERSION) {
            return Optional.empty();
        }
        long lastLight = in.getLong();
        long lastFull = in.getLong();
        long nextLight = in.getLong();
        long nextFull = in.getLong();
        Tally total = tally(in);
        long healed = in.getLong();
        int kind = in.getInt();
        if (kind < NO_PASS || kind > FULL) {
            return Optional.empty();
        }
        Optional<Pass> pass = kind == NO_PASS ? Optional.empty() : Optional.of(pass(in, kind));
        return Optional.of(
                new Scrub(lastLight, lastFull, nextLight, nextFull, total, healed, pass));
    }

    private static Pass pass(ByteBuffer in, int kind) {
        long begun = in.getLong();
        int until = in.getInt();
        int segment = in.getInt();
        int offset = in.getInt();
        return new Pass(kind == FULL, begun, until, new Place(segment, offset), tally(in));
    }

    private static Tally tally(ByteBuffer in) {
        long blobs = in.getLong();
        long bytes = in.getLong();
        long damaged = in.getLong();
        return new Tally(blobs, bytes, damaged, in.getLong());
    }
}
