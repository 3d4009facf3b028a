package org.elohim.protocol.blob;

import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.blob.Scrub.Pass;
import org.elohim.protocol.blob.Scrub.Tally;
import org.elohim.protocol.blob.Scrub.Walked;

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
    private static final int WALKED_AT = 144;
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
        out.position(WALKED_AT);
        out.putLong(scrub.walked().begun());
        put(out, scrub.walked().until());
        out.putInt(8, PackFormat.check(out.slice(CHECKED_FROM, SIZE_BYTES - CHECKED_FROM)));
        return out.clear();
    }

    private static void put(ByteBuffer out, Pass pass) {
        out.putLong(pass.begun()).putInt(pass.untilSegment());
        put(out, pass.after());
        put(out, pass.tally());
    }

    private static void put(ByteBuffer out, Place place) {
        out.putInt(place.segment()).putInt(place.offset());
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
        in.position(WALKED_AT);
        var walked = new Walked(in.getLong(), place(in));
        return Optional.of(
                new Scrub(lastLight, lastFull, nextLight, nextFull, total, healed, walked, pass));
    }

    private static Pass pass(ByteBuffer in, int kind) {
        long begun = in.getLong();
        int until = in.getInt();
        Place after = place(in);
        return new Pass(kind == FULL, begun, until, after, tally(in));
    }

    private static Place place(ByteBuffer in) {
        int segment = in.getInt();
        return new Place(segment, in.getInt());
    }

    private static Tally tally(ByteBuffer in) {
        long blobs = in.getLong();
        long bytes = in.getLong();
        long damaged = in.getLong();
        return new Tally(blobs, bytes, damaged, in.getLong());
    }
}
