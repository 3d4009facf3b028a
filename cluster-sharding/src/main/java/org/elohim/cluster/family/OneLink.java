package org.elohim.cluster.family;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts whom another trusts, as long as nothing stands between it and the family's authority.
///
/// Invariants: a chain is the node's own certificate and nothing else. By the rules of X.509
/// whoever holds the old key could certify an authority that bears the name of the new one, and
/// would seem to belong to that.
final class OneLink extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager trusted;

    OneLink(X509ExtendedTrustManager trusted) {
        this.trusted = trusted;
    }

    private static void check(X509Certificate[] chain) throws CertificateException {
        if (chain.length != 1) {
            throw new CertificateException("certificates=" + chain.length);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String algorithm)
            throws CertificateException {
        check(chain);
        trusted.checkClientTrusted(chain, algorithm);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String algorithm, Socket socket)
            throws CertificateException {
        check(chain);
        trusted.checkClientTrusted(chain, algorithm, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String algorithm, SSLEngine engine)
            throws CertificateException {
        check(chain);
        trusted.checkClientTrusted(chain, algorithm, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String algorithm)
            throws CertificateException {
        check(chain);
        trusted.checkServerTrusted(chain, algorithm);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String algorithm, Socket socket)
            throws CertificateException {
        check(chain);
        trusted.checkServerTrusted(chain, algorithm, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String algorithm, SSLEngine engine)
            throws CertificateException {
        check(chain);
        trusted.checkServerTrusted(chain, algorithm, engine);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return trusted.getAcceptedIssuers();
    }
}
