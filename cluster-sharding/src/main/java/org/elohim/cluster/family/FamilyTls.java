package org.elohim.cluster.family;

import akka.remote.artery.tcp.SSLEngineProvider;

import org.elohim.protocol.certificate.Ed25519Certificate;
import org.elohim.protocol.family.FamilyCertificates;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import scala.Option;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.stream.Stream;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/// Lines on which nobody but the family's nodes can speak, each as the node that it is.
///
/// Invariants: both sides show a certificate of an authority that the other trusts and prove its
/// key; nothing is said before that; no other version of TLS than 1.3, so no weaker one can be
/// talked into. What was opened under a key that is trusted no longer is closed.
///
/// While the family changes its key, two are trusted. Who asks names the authorities that it knows,
/// as whoever is asked does, and each shows the certificate that the other can check: so two nodes
/// can speak as long as they have one key in common.
public final class FamilyTls implements SSLEngineProvider {
    /// Without it, set before anything speaks TLS, a client does not say which authorities it
    /// knows.
    public static final String NAME_AUTHORITIES = "jdk.tls.client.enableCAExtension";

    private static final Logger LOG = LoggerFactory.getLogger(FamilyTls.class);
    private static final String VERSION = "TLSv1.3";
    // Of several the JDK makes keys in advance, and throws away all but one.
    private static final String[] KEY_EXCHANGE = {"x25519"};
    // Guards nothing: the stores never leave this process.
    private static final char[] NO_PASSWORD = {};

    private final NodeKey node;
    // Guarded by itself; weak, since nobody tells when a connection has ended.
    private final Map<SSLEngine, Integer> engines = new WeakHashMap<>();
    // The same.
    private final Map<SSLSocket, Socket> sockets = new WeakHashMap<>();
    private volatile Trust trust;

    private record Trust(int number, SSLContext context, List<X509Certificate> roots) {}

    public FamilyTls(FamilyCertificates family, NodeKey node) {
        this(List.of(family), node);
    }

    /// Trusts a family by all its keys.
    ///
    /// @param families by their keys, the newest first
    public FamilyTls(List<FamilyCertificates> families, NodeKey node) {
        this.node = node;
        this.trust = trustIn(families, 0);
    }

    /// From now on only these are trusted. What is open already goes on until [#endOthers()].
    ///
    /// @param families by their keys, the newest first
    public synchronized void trust(List<FamilyCertificates> families) {
        trust = trustIn(families, trust.number() + 1);
    }

    /// Ends the connections with those who have shown what is trusted no longer.
    public void endOthers() {
        Trust now = trust;
        List<SSLEngine> before;
        synchronized (engines) {
            before =
                    engines.entrySet().stream()
                            .filter(each -> each.getValue() < now.number())
                            .map(Map.Entry::getKey)
                            .toList();
        }
        for (SSLEngine engine : before) {
            if (!isTrusted(engine.getSession(), now.roots())) {
                // Its next word is then its last, and whatever comes in is passed over.
                engine.closeOutbound();
            }
        }
        endOtherSockets(now);
    }

    private void endOtherSockets(Trust now) {
        Map<SSLSocket, Socket> open;
        synchronized (sockets) {
            open = Map.copyOf(sockets);
        }
        open.forEach(
                (socket, plain) -> {
                    if (!isTrusted(socket.getSession(), now.roots())) {
                        close(plain);
                    }
                });
    }

    // Not the one above it, which would say so and wait for the other side to read.
    private static void close(Socket plain) {
        try {
            plain.close();
        } catch (IOException failed) {
            LOG.debug("not closed", failed);
        }
    }

    private Trust trustIn(List<FamilyCertificates> families, int number) {
        try {
            KeyStore trusted = empty();
            for (int i = 0; i < families.size(); i++) {
                trusted.setCertificateEntry("family" + i, families.get(i).root());
            }
            var managers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance(VERSION);
            context.init(
                    new KeyManager[] {new ShownCertificates(families, node)},
                    Stream.of(managers.getTrustManagers())
                            .map(X509ExtendedTrustManager.class::cast)
                            .map(OneLink::new)
                            .toArray(OneLink[]::new),
                    null);
            return new Trust(
                    number, context, families.stream().map(FamilyCertificates::root).toList());
        } catch (GeneralSecurityException | IOException missing) {
            throw new IllegalStateException("this JDK does not speak " + VERSION, missing);
        }
    }

    private static boolean isTrusted(SSLSession session, List<X509Certificate> roots) {
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate shown
                    && roots.stream().anyMatch(root -> isBy(shown, root));
        } catch (SSLPeerUnverifiedException nobody) {
            return false;
        }
    }

    // By what it was signed with: a name is anybody's to choose.
    static boolean isBy(X509Certificate shown, X509Certificate root) {
        try {
            shown.verify(root.getPublicKey());
            return true;
        } catch (GeneralSecurityException another) {
            return false;
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

    /// The same over a socket that was accepted, in a thread that may wait: both have proved who
    /// they are when it returns.
    public SSLSocket accept(Socket accepted) throws IOException {
        SSLSocket socket = socket(accepted);
        socket.setUseClientMode(false);
        socket.setNeedClientAuth(true);
        return proved(socket, accepted);
    }

    /// The same over a socket that is connected.
    public SSLSocket connect(Socket connected) throws IOException {
        SSLSocket socket = socket(connected);
        socket.setUseClientMode(true);
        return proved(socket, connected);
    }

    private SSLSocket socket(Socket plain) throws IOException {
        String host = plain.getInetAddress().getHostAddress();
        SSLSocket socket =
                (SSLSocket)
                        trust.context()
                                .getSocketFactory()
                                .createSocket(plain, host, plain.getPort(), true);
        socket.setSSLParameters(strict(socket.getSSLParameters()));
        return socket;
    }

    private SSLSocket proved(SSLSocket socket, Socket plain) throws IOException {
        socket.startHandshake();
        synchronized (sockets) {
            sockets.put(socket, plain);
        }
        if (peer(socket.getSession()).isEmpty()) {
            throw new SSLPeerUnverifiedException("no node of the family");
        }
        return socket;
    }

    private static SSLParameters strict(SSLParameters parameters) {
        parameters.setProtocols(new String[] {VERSION});
        parameters.setNamedGroups(KEY_EXCHANGE);
        return parameters;
    }

    private SSLEngine engine(String host, int port) {
        Trust now = trust;
        SSLEngine engine = now.context().createSSLEngine(host, port);
        engine.setSSLParameters(strict(engine.getSSLParameters()));
        synchronized (engines) {
            engines.put(engine, now.number());
        }
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
