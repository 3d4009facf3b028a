package org.elohim.cluster.family;

import akka.remote.artery.tcp.SSLEngineProvider;

import org.elohim.protocol.certificate.Ed25519Certificate;
import org.elohim.protocol.family.FamilyCertificates;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;

import scala.Option;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;

/// Lines on which nobody but the family's nodes can speak, each as the node that it is.
///
/// Invariants: both sides show a certificate of the family's authority and prove its key; nothing
/// is said before that; no other version of TLS than 1.3, so no weaker one can be talked into.
public final class FamilyTls implements SSLEngineProvider {
    private static final String VERSION = "TLSv1.3";
    // Guards nothing: the stores never leave this process.
    private static final char[] NO_PASSWORD = {};

    private final SSLContext context;

    public FamilyTls(FamilyCertificates family, NodeKey node) {
        try {
            KeyStore own = empty();
            own.setKeyEntry(
                    "node",
                    node.privateKey(),
                    NO_PASSWORD,
                    new X509Certificate[] {family.issue(node.id())});
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, NO_PASSWORD);

            KeyStore trusted = empty();
            trusted.setCertificateEntry("family", family.root());
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);

            context = SSLContext.getInstance(VERSION);
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        } catch (GeneralSecurityException | IOException missing) {
            throw new IllegalStateException("this JDK does not speak " + VERSION, missing);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    @Override
    public SSLEngine createServerSSLEngine(String host, int port) {
        SSLEngine engine = engine(host, port);
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(true);
        return engine;
    }

    @Override
    public SSLEngine createClientSSLEngine(String host, int port) {
        SSLEngine engine = engine(host, port);
        engine.setUseClientMode(true);
        return engine;
    }

    private SSLEngine engine(String host, int port) {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setEnabledProtocols(new String[] {VERSION});
        return engine;
    }

    /// Who is at the other end.
    public static Optional<NodeId> peer(SSLSession session) {
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? Ed25519Certificate.holder(certificate)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException nobody) {
            return Optional.empty();
        }
    }

    @Override
    public Option<Throwable> verifyClientSession(String host, SSLSession session) {
        return verified(session);
    }

    @Override
    public Option<Throwable> verifyServerSession(String host, SSLSession session) {
        return verified(session);
    }

    private static Option<Throwable> verified(SSLSession session) {
        return peer(session).isPresent()
                ? Option.empty()
                : Option.apply(new SSLPeerUnverifiedException("no node of the family"));
    }
}
