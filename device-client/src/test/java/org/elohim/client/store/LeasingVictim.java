package org.elohim.client.store;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;

/// A process that leases an actor id, names it, and stays until it is killed or its input ends.
final class LeasingVictim {
    private LeasingVictim() {}

    static void main(String[] arguments) throws IOException {
        var random = new SecureRandom();
        try (var store =
                LocalStore.open(
                        Path.of(arguments[0]),
                        () -> {
                            byte[] bytes = new byte[16];
                            random.nextBytes(bytes);
                            return Bytes.copyOf(bytes);
                        })) {
            Bytes actor = store.leaseActor(DocumentId.parse(arguments[1]));
            System.out.println(actor.toHex());
            int _ = System.in.read();
        }
    }
}
