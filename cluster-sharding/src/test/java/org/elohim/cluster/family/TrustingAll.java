package org.elohim.cluster.family;

import java.security.cert.X509Certificate;

import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// A stranger that lets everybody in, to see whether others do the same.
final class TrustingAll implements X509TrustManager {
    static final TrustManager[] MANAGERS = {new TrustingAll()};

    private TrustingAll() {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String algorithm) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String algorithm) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
