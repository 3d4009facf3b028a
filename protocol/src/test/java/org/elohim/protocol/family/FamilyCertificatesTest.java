package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.elohim.protocol.certificate.Ed25519Certificate;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Who has the key belongs to the family, whatever the year.
class FamilyCertificatesTest {
    private static final FamilyCertificates OURS = of("a family key of ours");
    private static final FamilyCertificates THEIRS = of("a family key of theirs");

    private final NodeKey node = NodeKey.generate();

    private static FamilyCertificates of(String key) {
        return FamilyCertificates.of(FamilyKey.of(key));
    }

    @Test
    void allWhoHaveTheKeyTrustTheSameRootAndNoOther() throws Exception {
        assertArrayEquals(OURS.root().getEncoded(), of("a family key of ours").root().getEncoded());
        assertNotEquals(OURS.root(), THEIRS.root());
    }

    @Test
    void aNodesCertificateIsTrustedByItsFamilyAloneWhateverTheClockSays() throws Exception {
        X509Certificate certificate = OURS.issue(node.id());
        for (String now : List.of("1970-01-02", "2026-11-21", "2099-01-01", "9999-12-30")) {
            validate(certificate, OURS.root(), now);
            assertThrows(
                    CertPathValidatorException.class,
                    () -> validate(certificate, THEIRS.root(), now));
        }
    }

    @Test
    void itNamesTheNodeAndHoldsItsKey() {
        X509Certificate certificate = OURS.issue(node.id());
        assertEquals(Optional.of(node.id()), Ed25519Certificate.holder(certificate));
        assertEquals("CN=" + node.id(), certificate.getSubjectX500Principal().toString());
        assertEquals(node.publicKey(), certificate.getPublicKey());
    }

    @Test
    void aNodeCannotCertifyOthers() throws Exception {
        NodeKey stranger = NodeKey.generate();
        X509Certificate forged =
                Ed25519Certificate.ofSpeaker(
                        node.id().toString(), "somebody", stranger.id(), node::sign);
        var path =
                CertificateFactory.getInstance("X.509")
                        .generateCertPath(List.of(forged, OURS.issue(node.id())));
        assertThrows(
                CertPathValidatorException.class,
                () ->
                        CertPathValidator.getInstance("PKIX")
                                .validate(path, trusting(OURS.root(), "2026-11-21")));
    }

    private static void validate(X509Certificate certificate, X509Certificate root, String now)
            throws Exception {
        var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate));
        var _ = CertPathValidator.getInstance("PKIX").validate(path, trusting(root, now));
    }

    private static PKIXParameters trusting(X509Certificate root, String now) throws Exception {
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(Instant.parse(now + "T12:00:00Z")));
        return parameters;
    }
}
