package org.elohim.cluster.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import static javax.net.ssl.SSLEngineResult.HandshakeStatus.NEED_WRAP;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.certificate.Ed25519Certificate;
import org.elohim.protocol.family.FamilyCertificates;
import org.elohim.protocol.family.FamilyKey;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

import javax.net.ssl.KeyManagerFactory;
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

    @Test
    void theOldAuthorityCannotSpeakInTheNameOfTheNewOne() throws Exception {
        NodeKey newAuthority = NodeKey.generate();
        X509Certificate between = between(newAuthority);
        X509Certificate stolen =
                Ed25519Certificate.ofSpeaker(
                        nameOf(THEIRS), other.id().toString(), other.id(), newAuthority::sign);
        stolen.verify(between.getPublicKey());
        between.verify(OURS.root().getPublicKey());
        assertEquals(THEIRS.root().getSubjectX500Principal(), stolen.getIssuerX500Principal());

        SSLEngine server = new FamilyTls(List.of(THEIRS, OURS), one).createServerSSLEngine("b", 1);
        SSLEngine client = showing(stolen, between);
        assertThrows(SSLException.class, () -> shakeHands(client, server));
        assertFalse(FamilyTls.isBy(stolen, THEIRS.root()), "by its name it is");
        assertTrue(FamilyTls.isBy(THEIRS.issue(other.id()), THEIRS.root()));

        // It is this chain and not what shows it that is refused.
        SSLEngine door = new FamilyTls(List.of(THEIRS, OURS), one).createServerSSLEngine("b", 1);
        shakeHands(showing(OURS.issue(other.id())), door);
    }

    /// An authority of the new one's name that the old one vouches for: what an authority of that
    /// name says of itself, with another issuer, whose name is as long, and signed by that.
    private static X509Certificate between(NodeKey holder) throws Exception {
        NodeKey oldAuthority =
                NodeKey.ofSeed(
                        FamilyKey.of("a family key of ours")
                                .derive("certificate authority v1", NodeKey.SEED_BYTES));
        X509Certificate ofItself =
                Ed25519Certificate.ofAuthority(nameOf(THEIRS), holder.id(), holder::sign);
        String text = new String(ofItself.getEncoded(), ISO_8859_1);
        String content = new String(ofItself.getTBSCertificate(), ISO_8859_1);
        int begin = text.indexOf(content);
        byte[] whole = text.replaceFirst(nameOf(THEIRS), nameOf(OURS)).getBytes(ISO_8859_1);
        Bytes said = Bytes.copyOf(whole, begin, begin + content.length());
        byte[] signature = oldAuthority.sign(said).toArray();
        System.arraycopy(signature, 0, whole, whole.length - signature.length, signature.length);
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(whole));
    }

    private static String nameOf(FamilyCertificates family) {
        return family.root().getSubjectX500Principal().getName().substring("CN=".length());
    }

    /// A client that shows what it wants, as the other node.
    private SSLEngine showing(X509Certificate... chain) throws Exception {
        KeyStore shown = KeyStore.getInstance("PKCS12");
        shown.load(null, new char[0]);
        shown.setKeyEntry("it", other.privateKey(), new char[0], chain);
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(shown, new char[0]);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), TrustingAll.MANAGERS, null);
        SSLEngine client = context.createSSLEngine("a", 1);
        client.setUseClientMode(true);
        return client;
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
