package org.elohim.protocol.certificate;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// An X.509 certificate of an Ed25519 key, signed by another.
///
/// Invariants: the same input gives the same bytes, on every machine and whatever its clock says;
/// it is valid from 1970 to 9999, since a small computer may wake up without knowing the year.
public final class Ed25519Certificate {
    private static final BigInteger VERSION_3 = BigInteger.TWO;
    private static final Bytes ALGORITHM = Der.sequence(Der.objectId("1.3.101.112"));
    private static final Bytes VALIDITY =
            Der.sequence(Der.timeOfThisAge("700101000000Z"), Der.time("99991231235959Z"));

    private static final String COMMON_NAME = "2.5.4.3";
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String TLS_SERVER = "1.3.6.1.5.5.7.3.1";
    private static final String TLS_CLIENT = "1.3.6.1.5.5.7.3.2";

    // Ed25519 in X.509 form is this and the 32 bytes of the key.
    private static final Bytes KEY_PREFIX = Bytes.parseHex("302a300506032b6570032100");
    private static final int SERIAL_BYTES = 16;

    /// What its holder may do with it.
    private enum Use {
        SIGN_OTHERS,
        SPEAK
    }

    private Ed25519Certificate() {}

    /// The certificate of who signs those of others, by itself.
    ///
    /// @param sign with the private half of `holder`
    public static X509Certificate ofAuthority(
            String name, NodeId holder, UnaryOperator<Bytes> sign) {
        return signed(name, name, holder, Use.SIGN_OTHERS, sign);
    }

    /// The certificate with which `holder` proves to be who `subject` names.
    ///
    /// @param sign with the private half of the authority
    public static X509Certificate ofSpeaker(
            String authority, String subject, NodeId holder, UnaryOperator<Bytes> sign) {
        return signed(authority, subject, holder, Use.SPEAK, sign);
    }

    /// Whose key it is, where it is one of ours.
    public static Optional<NodeId> holder(X509Certificate certificate) {
        Bytes key = Bytes.copyOf(certificate.getPublicKey().getEncoded());
        return key.startsWith(KEY_PREFIX)
                ? Optional.of(new NodeId(key.slice(KEY_PREFIX.size(), key.size())))
                : Optional.empty();
    }

    private static X509Certificate signed(
            String issuer, String subject, NodeId holder, Use use, UnaryOperator<Bytes> sign) {
        Bytes content =
                Der.sequence(
                        Der.tagged(0, Der.integer(VERSION_3)),
                        Der.integer(serial(holder)),
                        ALGORITHM,
                        name(issuer),
                        VALIDITY,
                        name(subject),
                        key(holder),
                        Der.tagged(3, extensions(use)));
        Bytes whole = Der.sequence(content, ALGORITHM, Der.bits(sign.apply(content), 0));
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(whole.toArray()));
        } catch (CertificateException bug) {
            throw new IllegalStateException("what was written is no certificate", bug);
        }
    }

    private static BigInteger serial(NodeId holder) {
        Bytes hash = ContentHash.of(holder.publicKey()).bytes();
        return new BigInteger(1, hash.slice(0, SERIAL_BYTES).toArray());
    }

    private static Bytes name(String common) {
        return Der.sequence(Der.set(Der.sequence(Der.objectId(COMMON_NAME), Der.text(common))));
    }

    private static Bytes key(NodeId holder) {
        return Der.sequence(ALGORITHM, Der.bits(holder.publicKey(), 0));
    }

    private static Bytes extensions(Use use) {
        return switch (use) {
            case SIGN_OTHERS ->
                    Der.sequence(
                            extension(BASIC_CONSTRAINTS, Der.sequence(Der.yes())),
                            extension(KEY_USAGE, bit(5)));
            case SPEAK ->
                    Der.sequence(
                            extension(BASIC_CONSTRAINTS, Der.sequence()),
                            extension(KEY_USAGE, bit(0)),
                            extension(
                                    EXTENDED_KEY_USAGE,
                                    Der.sequence(
                                            Der.objectId(TLS_SERVER), Der.objectId(TLS_CLIENT))));
        };
    }

    // All of them are for whoever trusts it to understand.
    private static Bytes extension(String id, Bytes content) {
        return Der.sequence(Der.objectId(id), Der.yes(), Der.octets(content));
    }

    /// A set of flags of which only this one, counted from the front, is set.
    private static Bytes bit(int number) {
        return Der.bits(Bytes.copyOf(new byte[] {(byte) (0x80 >> number)}), 7 - number);
    }
}
