package org.elohim.protocol.ledger;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;

import java.util.List;

/// One change of the ledger's document, as far as the ledger is concerned.
///
/// What a sealed change calls its ciphertext is here in the clear: nothing in it is secret, and
/// only nodes of the family get it.
///
/// @param seq of its author
/// @param deps what it builds on
/// @param said what it says, or nothing where no node can have said it
public record LedgerChange(
        ContentHash hash, NodeId author, long seq, List<ContentHash> deps, Said said) {
    public LedgerChange {
        deps = List.copyOf(deps);
    }

    /// What became of its content.
    public sealed interface Said {
        /// What its author says with it.
        ///
        /// @param skipped how many entries only a newer version knows
        record Entries(List<LedgerEntry> entries, int skipped) implements Said {
            public Entries {
                entries = List.copyOf(entries);
            }
        }

        /// Not signed, or damaged; it is passed over.
        record Nothing(String reason) implements Said {}
    }

    /// A change with these entries that goes on from the others.
    public static SealedChange write(
            NodeKey key, long seq, List<ContentHash> deps, List<LedgerEntry> entries) {
        return SealedChange.sign(
                DocumentId.LEDGER,
                key.id().publicKey(),
                seq,
                deps,
                LedgerCodec.encode(entries),
                key::sign);
    }

    /// Reads what lies in the document, whoever has brought it there. Verifies the signature, which
    /// takes a hundred times as long as all the rest.
    public static LedgerChange read(Bytes stored) {
        Change change = Change.stored(stored);
        if (!(change instanceof SealedChange sealed)) {
            return nothing(change, "not a sealed change");
        }
        if (!sealed.document().isLedger() || !sealed.isSignedByItsAuthor()) {
            return nothing(change, "not signed by its author for the ledger");
        }
        var author = new NodeId(sealed.actor());
        return switch (LedgerCodec.decode(author, sealed.ciphertext())) {
            case Decoded.Parsed<LedgerCodec.Contents>(var contents) ->
                    new LedgerChange(
                            change.hash(),
                            author,
                            change.seq(),
                            change.deps(),
                            new Said.Entries(contents.entries(), contents.skipped()));
            case Decoded.Malformed<LedgerCodec.Contents>(var reason) -> nothing(change, reason);
        };
    }

    private static LedgerChange nothing(Change change, String reason) {
        // The name of an author that is no key is of no use to anybody.
        NodeId author =
                change.actor().size() == NodeId.KEY_BYTES
                        ? new NodeId(change.actor())
                        : new NodeId(Bytes.copyOf(new byte[NodeId.KEY_BYTES]));
        return new LedgerChange(
                change.hash(), author, change.seq(), change.deps(), new Said.Nothing(reason));
    }
}
