package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeKey;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.sql.SQLException;
import java.util.Optional;

/// Who a store belongs to.
///
/// Invariants: a copied store, or one restored from a backup, is another device. Under its old name
/// it would speak of positions that it has forgotten, and write numbers twice that nobody could
/// ever merge.
record DeviceKey(NodeKey pair) {
    private static final String PLACE = "place";
    private static final String PRIVATE = "private key";
    private static final String PUBLIC = "public key";

    static DeviceKey ofStore(Sql sql, Path file) throws IOException {
        // A copy is another file.
        Bytes here =
                Bytes.copyOf(
                        ByteBuffer.allocate(Long.BYTES)
                                .putLong((long) Files.getAttribute(file, "unix:ino"))
                                .array());
        return sql.write(
                () -> {
                    if (property(sql, PLACE).filter(here::equals).isPresent()) {
                        return stored(sql);
                    }
                    NodeKey fresh = NodeKey.generate();
                    sql.update("DELETE FROM lease", _ -> {});
                    Nodes.forgetPositions(sql);
                    property(sql, PLACE, here);
                    property(sql, PRIVATE, Bytes.copyOf(fresh.privateKey().getEncoded()));
                    property(sql, PUBLIC, Bytes.copyOf(fresh.publicKey().getEncoded()));
                    return new DeviceKey(fresh);
                });
    }

    private static DeviceKey stored(Sql sql) {
        try {
            KeyFactory ed25519 = KeyFactory.getInstance("Ed25519");
            return new DeviceKey(
                    NodeKey.of(
                            ed25519.generatePrivate(new PKCS8EncodedKeySpec(bytes(sql, PRIVATE))),
                            ed25519.generatePublic(new X509EncodedKeySpec(bytes(sql, PUBLIC)))));
        } catch (GeneralSecurityException | IllegalArgumentException damaged) {
            throw new StoreUnusable(
                    "The device's key in its store is damaged. Restore the store from a backup.",
                    damaged);
        }
    }

    private static byte[] bytes(Sql sql, String name) {
        return property(sql, name).orElse(Bytes.EMPTY).toArray();
    }

    private static Optional<Bytes> property(Sql sql, String name) {
        return sql
                .query(
                        "SELECT value FROM property WHERE name = ?",
                        query -> query.setString(1, name),
                        row -> Bytes.copyOf(row.getBytes(1)))
                .stream()
                .findFirst();
    }

    private static void property(Sql sql, String name, Bytes value) throws SQLException {
        sql.update(
                "INSERT OR REPLACE INTO property VALUES (?, ?)",
                insert -> {
                    insert.setString(1, name);
                    insert.setBytes(2, value.toArray());
                });
    }
}
