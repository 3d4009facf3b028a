package org.elohim.protocol.ledger;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.ledger.wire.Entries;
import org.elohim.protocol.ledger.wire.Entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What one change of the ledger says, as bytes.
///
/// Invariants: foreign bytes never throw; an entry of a kind, or with a scope, that only a newer
/// version knows is passed over alone, and the others of the change still count. It is not lost:
/// the change stays in the document, and is read again at each start.
public final class LedgerCodec {
    /// Of one change: so many of the largest entries fit into the bytes below.
    public static final int ENTRIES_MAX = 100;

    static final int BODY_BYTES_MAX = 1 << 20;

    private LedgerCodec() {}

    /// The entries of one change.
    ///
    /// @param skipped how many others there were
    public record Contents(List<LedgerEntry> entries, int skipped) {
        public Contents {
            entries = List.copyOf(entries);
        }
    }

    /// A registration names its leader by the signature of the change alone.
    public static Bytes encode(List<LedgerEntry> entries) {
        if (entries.isEmpty() || entries.size() > ENTRIES_MAX) {
            throw new IllegalArgumentException("entries=" + entries.size());
        }
        var message = Entries.newBuilder();
        entries.forEach(entry -> message.addEntries(message(entry)));
        return Bytes.copyOf(message.build().toByteArray());
    }

    public static Decoded<Contents> decode(NodeId author, Bytes body) {
        if (body.size() > BODY_BYTES_MAX) {
            return new Decoded.Malformed<>("ledger entries: bytes=" + body.size());
        }
        Entries message;
        try {
            message = Entries.parseFrom(body.asReadOnlyBuffer());
        } catch (InvalidProtocolBufferException notProtobuf) {
            return new Decoded.Malformed<>("ledger entries: " + notProtobuf.getMessage());
        }
        if (message.getEntriesCount() > ENTRIES_MAX) {
            return new Decoded.Malformed<>("ledger entries=" + message.getEntriesCount());
        }
        var entries = new ArrayList<LedgerEntry>();
        for (Entry each : message.getEntriesList()) {
            try {
                entry(each, author).ifPresent(entries::add);
            } catch (IllegalArgumentException outOfBounds) {
                // Ids, scopes and entries check themselves when they are made.
            }
        }
        return new Decoded.Parsed<>(
                new Contents(entries, message.getEntriesCount() - entries.size()));
    }

    private static Entry message(LedgerEntry entry) {
        var message = Entry.newBuilder();
        switch (entry) {
            case LedgerEntry.NodeMet(var node, long life) ->
                    message.getNodeMetBuilder().setNode(bytes(node.publicKey())).setLife(life);
            case LedgerEntry.NodeGone(var node, long life) ->
                    message.getNodeGoneBuilder().setNode(bytes(node.publicKey())).setLife(life);
            case LedgerEntry.TokenIssued(var hash, var label, var scopes, long at) ->
                    message.getTokenIssuedBuilder()
                            .setTokenHash(bytes(hash.bytes()))
                            .setLabel(label)
                            .addAllScopes(scopes.stream().map(Scope::toString).toList())
                            .setAtMillis(at);
            case LedgerEntry.TokenRevoked(var hash, long at) ->
                    message.getTokenRevokedBuilder()
                            .setTokenHash(bytes(hash.bytes()))
                            .setAtMillis(at);
            case LedgerEntry.DeviceSeen(var device, var token, var label, long at) ->
                    message.getDeviceSeenBuilder()
                            .setDevice(bytes(device.publicKey()))
                            .setTokenHash(bytes(token))
                            .setLabel(label)
                            .setAtMillis(at);
            case LedgerEntry.DeviceRegistered(
                            var device,
                            var token,
                            var label,
                            long at,
                            var term) ->
                    message.getDeviceRegisteredBuilder()
                            .setDevice(bytes(device.publicKey()))
                            .setTokenHash(bytes(token))
                            .setLabel(label)
                            .setAtMillis(at)
                            .setTerm(term.number());
        }
        return message.build();
    }

    // A leader names itself by its signature alone, so that it cannot name another.
    private static Optional<LedgerEntry> entry(Entry message, NodeId author) {
        return switch (message.getKindCase()) {
            case NODE_MET ->
                    Optional.of(
                            new LedgerEntry.NodeMet(
                                    node(message.getNodeMet().getNode()),
                                    message.getNodeMet().getLife()));
            case NODE_GONE ->
                    Optional.of(
                            new LedgerEntry.NodeGone(
                                    node(message.getNodeGone().getNode()),
                                    message.getNodeGone().getLife()));
            case TOKEN_ISSUED -> {
                var issued = message.getTokenIssued();
                yield Optional.of(
                        new LedgerEntry.TokenIssued(
                                hash(issued.getTokenHash()),
                                issued.getLabel(),
                                issued.getScopesList().stream().map(Scope::parse).toList(),
                                issued.getAtMillis()));
            }
            case TOKEN_REVOKED -> {
                var revoked = message.getTokenRevoked();
                yield Optional.of(
                        new LedgerEntry.TokenRevoked(
                                hash(revoked.getTokenHash()), revoked.getAtMillis()));
            }
            case DEVICE_SEEN -> {
                var seen = message.getDeviceSeen();
                yield Optional.of(
                        new LedgerEntry.DeviceSeen(
                                node(seen.getDevice()),
                                token(seen.getTokenHash()),
                                seen.getLabel(),
                                seen.getAtMillis()));
            }
            case DEVICE_REGISTERED -> {
                var registered = message.getDeviceRegistered();
                yield Optional.of(
                        new LedgerEntry.DeviceRegistered(
                                node(registered.getDevice()),
                                token(registered.getTokenHash()),
                                registered.getLabel(),
                                registered.getAtMillis(),
                                new Term(registered.getTerm(), author)));
            }
            case KIND_NOT_SET -> Optional.empty();
        };
    }

    private static ByteString bytes(Bytes bytes) {
        return ByteString.copyFrom(bytes.asReadOnlyBuffer());
    }

    private static ByteString bytes(Optional<ContentHash> token) {
        return token.map(hash -> bytes(hash.bytes())).orElse(ByteString.EMPTY);
    }

    private static Optional<ContentHash> token(ByteString bytes) {
        return bytes.isEmpty() ? Optional.empty() : Optional.of(hash(bytes));
    }

    private static ContentHash hash(ByteString bytes) {
        return new ContentHash(Bytes.copyOf(bytes.toByteArray()));
    }

    private static NodeId node(ByteString key) {
        return new NodeId(Bytes.copyOf(key.toByteArray()));
    }
}
