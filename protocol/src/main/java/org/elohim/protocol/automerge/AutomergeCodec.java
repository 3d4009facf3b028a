package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeMessage.Have;
import org.elohim.protocol.change.ChunkReader;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.FieldReader;
import org.elohim.protocol.change.FieldWriter;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.List;

/// Bytes of a sync message, version 1 <-> the message.
///
/// Invariants: foreign bytes never throw and cost at most a small multiple of their size; the
/// changes are not looked into.
///
/// Newer peers put flags at the end that say what else they understand. They are read past and
/// never sent: to who sends none, peers speak version 1 and send changes one by one. Version 2 may
/// hold a whole document in one chunk, which only an engine can take apart.
public final class AutomergeCodec {
    static final int VERSION_1 = 0x42;
    private static final int VERSION_2 = 0x43;

    /// A document that was edited offline for years arrives in one message.
    public static final int MESSAGE_BYTES_MAX = 32 << 20;

    // One is sent; several would mean several memories of what both have.
    private static final int HAVE_MAX = 16;

    // Length in the message; magic, checksum, type and length of a chunk. Keeps a message full of
    // nothing from becoming many objects.
    private static final int CHANGE_BYTES_MIN = 11;

    // The body and what stands before it.
    private static final int CHANGE_BYTES_MAX = ChunkReader.BODY_BYTES_MAX + 64;

    private static final int FLAGS_BYTES_MAX = 1 << 10;
    private static final int HASHES_MAX = MESSAGE_BYTES_MAX / ContentHash.SIZE_BYTES;

    private AutomergeCodec() {}

    public static Bytes encode(AutomergeMessage message) {
        var out =
                new FieldWriter()
                        .unsignedByte(VERSION_1)
                        .hashes(message.heads())
                        .hashes(message.need())
                        .unsigned(message.have().size());
        for (Have have : message.have()) {
            out.hashes(have.lastSync()).prefixed(have.filter().encoded());
        }
        out.unsigned(message.changes().size());
        message.changes().forEach(out::prefixed);
        return out.toBytes();
    }

    public static Decoded<AutomergeMessage> decode(Bytes bytes) {
        if (bytes.size() > MESSAGE_BYTES_MAX) {
            return malformed("bytes=" + bytes.size() + ", at most " + MESSAGE_BYTES_MAX);
        }
        var fields = new FieldReader(bytes);
        int version = fields.unsignedByte("version");
        if (version == VERSION_2) {
            fields.fail("version 2, which nobody was told is understood here");
        } else if (version != VERSION_1) {
            fields.fail("unknown version " + version);
        }
        List<ContentHash> heads = fields.hashes("heads", HASHES_MAX);
        List<ContentHash> need = fields.hashes("need", HASHES_MAX);
        List<Have> have = have(fields);
        List<Bytes> changes = changes(fields);
        if (fields.remaining() > 0) {
            fields.prefixed("flags", FLAGS_BYTES_MAX);
        }
        if (fields.remaining() > 0) {
            fields.fail("bytes after the flags: " + fields.remaining());
        }
        return fields.failed()
                ? malformed(fields.problem())
                : new Decoded.Parsed<>(new AutomergeMessage(heads, need, have, changes));
    }

    private static List<Have> have(FieldReader fields) {
        int count = fields.count("have", 2, HAVE_MAX);
        var have = new ArrayList<Have>(count);
        for (int i = 0; i < count && !fields.failed(); i++) {
            List<ContentHash> lastSync = fields.hashes("last sync", HASHES_MAX);
            have.add(new Have(lastSync, BloomFilter.read(fields)));
        }
        return have;
    }

    private static List<Bytes> changes(FieldReader fields) {
        int count = fields.count("changes", CHANGE_BYTES_MIN, MESSAGE_BYTES_MAX);
        var changes = new ArrayList<Bytes>(count);
        for (int i = 0; i < count && !fields.failed(); i++) {
            changes.add(fields.prefixed("change", CHANGE_BYTES_MAX));
        }
        return changes;
    }

    private static Decoded<AutomergeMessage> malformed(String reason) {
        return new Decoded.Malformed<>("sync message: " + reason);
    }
}
