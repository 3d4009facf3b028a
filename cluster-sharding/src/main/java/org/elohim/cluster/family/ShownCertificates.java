package org.elohim.cluster.family;

import org.elohim.protocol.family.FamilyCertificates;
import org.elohim.protocol.id.NodeKey;
import org.jspecify.annotations.Nullable;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/// Which of its certificates a node shows whom, while its family changes from one key to another:
/// that of an authority which the other has named. Who names none is shown the last one.
///
/// Invariants: there is one certificate for each key that is trusted; all prove the same node.
final class ShownCertificates extends X509ExtendedKeyManager {
    private final NodeKey node;
    private final List<X509Certificate> certificates;

    /// @param families by their keys, of which the last is shown to those who name none
    ShownCertificates(List<FamilyCertificates> families, NodeKey node) {
        this.node = node;
        this.certificates = families.stream().map(family -> family.issue(node.id())).toList();
    }

    private String choose(Principal @Nullable [] named) {
        return IntStream.range(0, certificates.size())
                .filter(i -> named != null && isNamed(certificates.get(i), named))
                .mapToObj(Integer::toString)
                .findFirst()
                .orElseGet(() -> Integer.toString(certificates.size() - 1));
    }

    private static boolean isNamed(X509Certificate certificate, Principal[] named) {
        return Arrays.asList(named).contains(certificate.getIssuerX500Principal());
    }

    @Override
    public String chooseEngineClientAlias(
            String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(issuers);
    }

    @Override
    public String chooseEngineServerAlias(
            String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(issuers);
    }

    @Override
    public String chooseClientAlias(
            String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(issuers);
    }

    @Override
    public String chooseServerAlias(
            String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(issuers);
    }

    @Override
    public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {choose(issuers)};
    }

    @Override
    public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {choose(issuers)};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return new X509Certificate[] {certificates.get(Integer.parseInt(alias))};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return Objects.requireNonNull(node.privateKey());
    }
}
