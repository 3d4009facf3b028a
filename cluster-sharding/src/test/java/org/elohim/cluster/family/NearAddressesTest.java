package org.elohim.cluster.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.List;

class NearAddressesTest {
    @Test
    void whatLiesInALocalNetworkIsNear() {
        for (String host : List.of("192.168.1.7", "10.9.8.7", "172.16.0.1", "fe80::7", "fd12::7")) {
            assertTrue(NearAddresses.isNear(host), host);
        }
    }

    @Test
    void nobodyIsMadeToCallStrangersOrItself() {
        for (String host :
                List.of(
                        "8.8.8.8",
                        "2001:4860::8888",
                        "127.0.0.1",
                        "::1",
                        "0.0.0.0",
                        "224.0.0.251",
                        "999.1.1.1",
                        "localhost",
                        "printer.example")) {
            assertFalse(NearAddresses.isNear(host), host);
        }
    }

    @Test
    void networksAreToldByTheirFirstBits() {
        byte[] ours = {(byte) 203, 0, 113, 7};
        byte[] beside = {(byte) 203, 0, 113, (byte) 200};
        byte[] other = {(byte) 203, 0, 112, 7};
        assertTrue(NearAddresses.isSame(ours, beside, 24));
        assertFalse(NearAddresses.isSame(ours, beside, 25));
        assertFalse(NearAddresses.isSame(ours, other, 24));
        assertTrue(NearAddresses.isSame(ours, other, 23));
        assertFalse(NearAddresses.isSame(ours, new byte[16], 0));
    }

    @Test
    void aDoorForThisMachineAloneIsAnnouncedToNobody() throws Exception {
        assertEquals(
                List.of(),
                NearAddresses.toSpeakAt(
                        InetAddress.getLoopbackAddress(),
                        NetworkInterface.networkInterfaces().toList()));
    }
}
