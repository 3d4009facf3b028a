package org.elohim.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

class StartBlockTest {
    private static final NodeId NODE =
            new NodeId(
                    Bytes.parseHex(
                            "1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e"));

    @Test
    void saysWhoTheNodeIsAndWhereEverythingLies() throws Exception {
        assertEquals(
                """
                elohim-node 1.2.3 is ready (1.2 s)
                  node    12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq
                  family  garden-street
                  data    /srv/elohim
                  health  http://127.0.0.1:8080/health
                  grpc    127.0.0.1:9090
                  token   /srv/elohim/admin.token
                Ctrl-C stops it.
                """,
                block("127.0.0.1", Optional.empty()).render());
    }

    @Test
    void anIpv6AddressIsAUrlThatCanBeOpened() throws Exception {
        String shown = block("::1", Optional.empty()).render();

        assertTrue(shown.contains("http://[0:0:0:0:0:0:0:1]:8080/health"), shown);
    }

    @Test
    void aFamilyIsShownWithItsDoor() throws Exception {
        String shown = block("::1", Optional.of(new InetSocketAddress(4002))).render();

        assertTrue(shown.contains("family  garden-street, its door at port 4002\n"), shown);
    }

    private static StartBlock block(String address, Optional<InetSocketAddress> door)
            throws Exception {
        return new StartBlock(
                "1.2.3",
                NODE,
                "garden-street",
                door,
                Path.of("/srv/elohim"),
                new InetSocketAddress(InetAddress.getByName(address), 8080),
                new InetSocketAddress(InetAddress.getByName(address), 9090),
                "/srv/elohim/admin.token",
                Duration.ofMillis(1234));
    }
}
