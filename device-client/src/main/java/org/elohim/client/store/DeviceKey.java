package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeKey;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.sql.SQLException;
import java.util.ArrayList;

/// Who a store belongs to.
///
/// Invariants: a copied store, or one restored from a backup, is another device. Under its old name
/// it would speak of positions that it has forgotten, and write numbers twice that nobody could
/// ever merge.
record DeviceKey(NodeKey pair) {
    private static final String PRIVATE = "private key";
    private static final String PUBLIC = "public key";

    /// Reads it, or draws another where the store is not the one that was written here last;
    /// afterwards the store is known by a new witness.
    static DeviceKey ofStore(Sql sql, Witness witness) {
        try {
            var former = new ArrayList<Path>();
            DeviceKey key =
                    sql.write(
                            () -> {
                                DeviceKey ours = witness.vouches() ? stored(sql) : drawn(sql);
                                witness.renew().ifPresent(former::add);
                                return ours;
                            });
            former.forEach(Witness::remove);
            return key;
        } catch (StoreUnusable noRoom) {
            // What is there can be read all the same, and the witness that it has is no worse.
            if (witness.vouches()) {
                return stored(sql);
            }
            throw noRoom;
        }
    }

    private static DeviceKey drawn(Sql sql) throws SQLException {
        NodeKey fresh = NodeKey.generate();
        sql.update("DELETE FROM lease", _ -> {});
        Nodes.forgetPositions(sql);
        PropertyRows.put(sql, PRIVATE, Bytes.copyOf(fresh.privateKey().getEncoded()));
        PropertyRows.put(sql, PUBLIC, Bytes.copyOf(fresh.publicKey().getEncoded()));
        return new DeviceKey(fresh);
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
        return PropertyRows.find(sql, name).orElse(Bytes.EMPTY).toArray();
    }
}
