package org.elohim.cluster.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static javax.net.ssl.SSLEngineResult.HandshakeStatus.NEED_WRAP;

import org.elohim.protocol.family.FamilyCertificates;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/// Handshakes between engines, without a wire.
class FamilyTlsTest {
    private static final int BUFFER_BYTES = 1 << 17;
    private static final FamilyCertificates OURS = of("a family key of ours");
    private static final FamilyCertificates THEIRS = of("a family key of theirs");

    private final NodeKey one = NodeKey.generate();
    private final NodeKey other = NodeKey.generate();

    private static FamilyCertificates of(String key) {
        return FamilyCertificates.of(FamilyKey.of(key));
    }

    @Test
    void twoNodesOfTheFamilyMeetAndKnowEachOther() throws Exception {
        SSLEngine server = new FamilyTls(OURS, one).createServerSSLEngine("one", 1);
        SSLEngine client = new FamilyTls(OURS, other).createClientSSLEngine("other", 1);

        shakeHands(client, server);

        assertEquals("TLSv1.3", client.getSession().getProtocol());
        assertEquals(Optional.of(one.id()), FamilyTls.peer(client.getSession()));
        assertEquals(Optional.of(other.id()), FamilyTls.peer(server.getSession()));
        var tls = new FamilyTls(OURS, one);
        assertTrue(tls.verifyServerSession("other", server.getSession()).isEmpty());
        assertTrue(tls.verifyClientSession("one", client.getSession()).isEmpty());
    }

    @Test
    void aNodeOfAnotherFamilyIsNotLetIn() {
        SSLEngine server = new FamilyTls(OURS, one).createServerSSLEngine("one", 1);
        SSLEngine client = new FamilyTls(THEIRS, other).createClientSSLEngine("other", 1);
        assertThrows(SSLException.class, () -> shakeHands(client, server));
    }

    @Test
    void whoHasNoCertificateIsNotLetIn() throws Exception {
        SSLEngine server = new FamilyTls(OURS, one).createServerSSLEngine("one", 1);
        SSLContext stranger = SSLContext.getInstance("TLSv1.3");
        stranger.init(null, TrustingAll.MANAGERS, null);
        SSLEngine client = stranger.createSSLEngine("stranger", 1);
        client.setUseClientMode(true);
        assertThrows(SSLException.class, () -> shakeHands(client, server));
    }

    @Test
    void whoKnowsTwoKeysSpeaksWithThoseWhoKnowOneOfThem() throws Exception {
        var both = new FamilyTls(List.of(THEIRS, OURS), one);
        for (FamilyCertificates known : List.of(OURS, THEIRS)) {
            var other = new FamilyTls(known, this.other);
            shakeHands(other.createClientSSLEngine("a", 1), both.createServerSSLEngine("b", 1));
            shakeHands(both.createClientSSLEngine("a", 1), other.createServerSSLEngine("b", 1));
        }
        var next = new FamilyTls(List.of(of("a family key of others"), THEIRS), other);
        shakeHands(next.createClientSSLEngine("a", 1), both.createServerSSLEngine("b", 1));
        shakeHands(both.createClientSSLEngine("a", 1), next.createServerSSLEngine("b", 1));
    }

    @Test
    void aKeyThatIsGivenUpEndsWhatWasOpenedWithIt() throws Exception {
        var tls = new FamilyTls(List.of(THEIRS, OURS), one);
        SSLEngine ofOld = tls.createServerSSLEngine("b", 1);
        SSLEngine ofNew = tls.createServerSSLEngine("b", 1);
        SSLEngine begun = tls.createServerSSLEngine("b", 1);
        shakeHands(new FamilyTls(OURS, other).createClientSSLEngine("a", 1), ofOld);
        shakeHands(new FamilyTls(THEIRS, other).createClientSSLEngine("a", 1), ofNew);

        tls.trust(List.of(THEIRS));
        tls.endOthers();

        assertTrue(ofOld.isOutboundDone() || ofOld.getHandshakeStatus() == NEED_WRAP);
        assertEquals(HandshakeStatus.NOT_HANDSHAKING, ofNew.getHandshakeStatus());
        assertThrows(
                SSLException.class,
                () -> shakeHands(new FamilyTls(OURS, other).createClientSSLEngine("a", 1), begun));
        SSLEngine later = tls.createServerSSLEngine("b", 1);
        assertThrows(
                SSLException.class,
                () -> shakeHands(new FamilyTls(OURS, other).createClientSSLEngine("a", 1), later));
    }

    private static void shakeHands(SSLEngine client, SSLEngine server) throws SSLException {
        ByteBuffer toServer = ByteBuffer.allocate(BUFFER_BYTES);
        ByteBuffer toClient = ByteBuffer.allocate(BUFFER_BYTES);
        client.beginHandshake();
        server.beginHandshake();
        for (int i = 0; i < 100 && !(isDone(client) && isDone(server)); i++) {
            step(client, toClient, toServer);
            step(server, toServer, toClient);
        }
        assertTrue(isDone(client) && isDone(server));
    }

    private static boolean isDone(SSLEngine engine) {
        return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    }

    private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> {
                for (Runnable task = engine.getDelegatedTask();
                        task != null;
                        task = engine.getDelegatedTask()) {
                    task.run();
                }
            }
            case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), out);
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN, NOT_HANDSHAKING, FINISHED -> {
                in.flip();
                engine.unwrap(in, ByteBuffer.allocate(BUFFER_BYTES));
                in.compact();
            }
        }
    }
}
