package org.elohim.cluster.token;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import org.elohim.cluster.journal.StoredFormat;
import org.elohim.cluster.token.wire.Issued;
import org.elohim.cluster.token.wire.Revoked;
import org.elohim.cluster.token.wire.Snapshot;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// [Tokens]' events and snapshot as protobuf.
public final class TokensFormat {
    private TokensFormat() {}

    public static List<StoredFormat<?>> formats() {
        return List.of(
                new StoredFormat<>(
                        "tokens/issued",
                        Tokens.Event.Issued.class,
                        event -> message(event.token()),
                        stored -> new Tokens.Event.Issued(token(Issued.parseFrom(stored)))),
                new StoredFormat<>(
                        "tokens/revoked",
                        Tokens.Event.Revoked.class,
                        TokensFormat::message,
                        TokensFormat::revoked),
                new StoredFormat<>(
                        "tokens/snapshot",
                        Tokens.State.class,
                        TokensFormat::message,
                        TokensFormat::snapshot));
    }

    private static Issued message(Token token) {
        return Issued.newBuilder()
                .setTokenHash(bytes(token.hash()))
                .setLabel(token.label())
                .addAllScopes(token.scopes().stream().map(Scope::toString).toList())
                .setAtMillis(token.issuedAt().toEpochMilli())
                .build();
    }

    private static Token token(Issued message) {
        return new Token(
                hash(message.getTokenHash()),
                message.getLabel(),
                message.getScopesList().stream().map(Scope::parse).toList(),
                Instant.ofEpochMilli(message.getAtMillis()));
    }

    private static Revoked message(Tokens.Event.Revoked event) {
        return Revoked.newBuilder()
                .setTokenHash(bytes(event.hash()))
                .setAtMillis(event.at().toEpochMilli())
                .build();
    }

    private static Tokens.Event.Revoked revoked(byte[] stored)
            throws InvalidProtocolBufferException {
        return revoked(Revoked.parseFrom(stored));
    }

    private static Tokens.Event.Revoked revoked(Revoked message) {
        return new Tokens.Event.Revoked(
                hash(message.getTokenHash()), Instant.ofEpochMilli(message.getAtMillis()));
    }

    private static Snapshot message(Tokens.State state) {
        return Snapshot.newBuilder()
                .addAllTokens(state.tokens().values().stream().map(TokensFormat::message).toList())
                .addAllRevoked(
                        state.revoked().entrySet().stream()
                                .map(
                                        each ->
                                                new Tokens.Event.Revoked(
                                                        each.getKey(), each.getValue()))
                                .map(TokensFormat::message)
                                .toList())
                .build();
    }

    private static Tokens.State snapshot(byte[] stored) throws InvalidProtocolBufferException {
        Map<ContentHash, Token> tokens = new LinkedHashMap<>();
        for (Issued message : Snapshot.parseFrom(stored).getTokensList()) {
            Token token = token(message);
            tokens.put(token.hash(), token);
        }
        Map<ContentHash, Instant> revoked = new LinkedHashMap<>();
        for (Revoked message : Snapshot.parseFrom(stored).getRevokedList()) {
            Tokens.Event.Revoked event = revoked(message);
            revoked.put(event.hash(), event.at());
        }
        return new Tokens.State(tokens, revoked);
    }

    private static ByteString bytes(ContentHash hash) {
        return ByteString.copyFrom(hash.bytes().toArray());
    }

    private static ContentHash hash(ByteString bytes) {
        return new ContentHash(Bytes.copyOf(bytes.toByteArray()));
    }
}
