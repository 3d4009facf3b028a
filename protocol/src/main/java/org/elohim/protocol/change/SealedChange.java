package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// An end-to-end encrypted change: the graph's fields in the clear, the edit itself as ciphertext.
///
/// Invariants: one content has one encoding (shortest numbers, deps ascending); the hash covers
/// everything but the signature, and so does the signature. The document is part of both, so a
/// change cannot be replayed into another one.
///
/// Parsing does not verify: that costs a hundred times more. Verify before a change enters a graph,
/// else a forgery with the right content and a wrong signature takes the place of the real one,
/// since both have the same hash.
///
/// Encoding: version, document (16), author (32), seq, deps (count, 32 each), ciphertext (length,
/// bytes), signature (64); numbers in LEB128.
public final class SealedChange implements Change {
    // The first byte of an Automerge chunk is another one, so a reader can tell them apart.
    public static final int VERSION = 1;
    private static final int AUTHOR_BYTES = 32;
    private static final int SIGNATURE_BYTES = 64;

    /// The same limit as for a plain change: what it encrypts is one.
    public static final int CIPHERTEXT_BYTES_MAX = ChunkReader.BODY_BYTES_MAX;

    // In front of what is hashed and signed, so that neither can be taken for that of anything
    // else.
    private static final Bytes LABEL =
            Bytes.copyOf("elohim sealed change 1\n".getBytes(StandardCharsets.US_ASCII));

    private final ContentHash hash;
    private final Content content;
    private final Bytes signature;
    private final Bytes bytes;

    /// Whether these are the bytes of a sealed change, or are meant to be.
    public static boolean isSealed(Bytes change) {
        return change.size() > 0 && change.at(0) == VERSION;
    }

    private record Content(
            DocumentId document, Bytes author, long seq, List<ContentHash> deps, Bytes ciphertext) {
        Content {
            deps = List.copyOf(deps);
        }

        Bytes encoded() {
            var out =
                    new FieldWriter()
                            .unsignedByte(VERSION)
                            .bytes(document.uuid())
                            .bytes(author)
                            .unsigned(seq)
                            .unsigned(deps.size());
            deps.forEach(out::hash);
            return out.prefixed(ciphertext).toBytes();
        }
    }

    private SealedChange(Content content, Bytes encodedContent, Bytes signature) {
        this.content = content;
        this.signature = signature;
        this.hash = ContentHash.of(LABEL.concat(encodedContent));
        this.bytes = encodedContent.concat(signature);
    }

    /// Makes a change; `signer` holds the private key and turns a message into its signature.
    public static SealedChange sign(
            DocumentId document,
            Bytes author,
            long seq,
            List<ContentHash> deps,
            Bytes ciphertext,
            UnaryOperator<Bytes> signer) {
        if (author.size() != AUTHOR_BYTES
                || seq < 1
                || deps.size() > ChunkReader.DEPS_MAX
                || ciphertext.size() > CIPHERTEXT_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "author bytes=%d seq=%d deps=%d ciphertext bytes=%d"
                            .formatted(author.size(), seq, deps.size(), ciphertext.size()));
        }
        var content =
                new Content(
                        document,
                        author,
                        seq,
                        deps.stream().distinct().sorted().toList(),
                        ciphertext);
        Bytes encoded = content.encoded();
        Bytes signature = signer.apply(LABEL.concat(encoded));
        if (signature.size() != SIGNATURE_BYTES) {
            throw new IllegalArgumentException("signature bytes=" + signature.size());
        }
        return new SealedChange(content, encoded, signature);
    }

    /// Reads exactly one sealed change, without verifying its signature.
    public static Decoded<SealedChange> parse(Bytes bytes) {
        var fields = new FieldReader(bytes);
        int version = fields.unsignedByte("version");
        if (version != VERSION) {
            fields.fail("version=" + version + ", only " + VERSION + " is known");
        }
        Bytes uuid = fields.bytes("document", DocumentId.SIZE_BYTES);
        Bytes author = fields.bytes("author", AUTHOR_BYTES);
        long seq = fields.unsigned("seq");
        if (seq == 0) {
            fields.fail("seq=0, it counts from 1");
        }
        List<ContentHash> deps = deps(fields);
        Bytes ciphertext = fields.prefixed("ciphertext", CIPHERTEXT_BYTES_MAX);
        int contentBytes = fields.position();
        Bytes signature = fields.bytes("signature", SIGNATURE_BYTES);
        if (fields.remaining() > 0) {
            fields.fail("bytes after the signature: " + fields.remaining());
        }
        if (fields.failed()) {
            return new Decoded.Malformed<>("sealed change: " + fields.problem());
        }
        DocumentId document;
        try {
            document = new DocumentId(uuid);
        } catch (IllegalArgumentException notRandom) {
            return new Decoded.Malformed<>("sealed change: document: " + notRandom.getMessage());
        }
        return new Decoded.Parsed<>(
                new SealedChange(
                        new Content(document, author, seq, deps, ciphertext),
                        bytes.slice(0, contentBytes),
                        signature));
    }

    private static List<ContentHash> deps(FieldReader fields) {
        int count = fields.count("dep count", ContentHash.SIZE_BYTES, ChunkReader.DEPS_MAX);
        var deps = new ArrayList<ContentHash>(count);
        for (int i = 0; i < count && !fields.failed(); i++) {
            var dep = new ContentHash(fields.bytes("dep", ContentHash.SIZE_BYTES));
            if (i > 0 && deps.getLast().compareTo(dep) >= 0) {
                fields.fail("deps do not ascend");
            }
            deps.add(dep);
        }
        return deps;
    }

    /// Whether the author's key made this signature over this content.
    public boolean isSignedByItsAuthor() {
        return new NodeId(content.author()).signed(LABEL.concat(content.encoded()), signature);
    }

    @Override
    public ContentHash hash() {
        return hash;
    }

    public DocumentId document() {
        return content.document();
    }

    @Override
    public List<ContentHash> deps() {
        return content.deps();
    }

    @Override
    public Bytes actor() {
        return content.author();
    }

    @Override
    public long seq() {
        return content.seq();
    }

    public Bytes ciphertext() {
        return content.ciphertext();
    }

    @Override
    public Bytes bytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SealedChange change && bytes.equals(change.bytes);
    }

    @Override
    public int hashCode() {
        return hash.hashCode();
    }

    @Override
    public String toString() {
        return "SealedChange[" + hash + "]";
    }
}
