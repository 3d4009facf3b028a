package org.elohim.node.identity;

import org.elohim.node.data.DataDirectory;
import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.id.NodeKey;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `node.key`: the node's key pair as two PEM blocks, PKCS#8 and X.509, that common tools can read.
///
/// Invariants: an existing file is never written to, whatever is in it; both halves are stored, so
/// that a changed bit is seen instead of giving the node another name.
public final class KeyFile {
    public static final String NAME = "node.key";
    private static final int FILE_BYTES_MAX = 16 << 10;
    private static final Pattern PRIVATE = block("PRIVATE KEY");
    private static final Pattern PUBLIC = block("PUBLIC KEY");

    private KeyFile() {}

    public static NodeKey loadOrCreate(DataDirectory directory) throws StartFailure {
        Path file = directory.resolve(NAME);
        try {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return load(file);
            }
            NodeKey key = NodeKey.generate();
            SafeFile.write(file, render(key));
            return key;
        } catch (IOException failed) {
            throw DataDirectory.unusable(directory.path(), failed);
        }
    }

    private static NodeKey load(Path file) throws IOException, StartFailure {
        if (!Files.isRegularFile(file)) {
            throw refused(file, "it is not a regular file");
        }
        if (SafeFile.isOpenToOthers(file)) {
            throw new StartFailure(
                    ExitCode.UNTRUSTED_DATA,
                    file
                            + " can be read by other users of this machine. If nobody has, run:"
                            + " chmod 600 "
                            + file);
        }
        try {
            return parse(SafeFile.read(file, FILE_BYTES_MAX));
        } catch (FileSystemException unreadable) {
            throw unreadable;
        } catch (IllegalArgumentException | IOException corrupt) {
            throw refused(file, String.valueOf(corrupt.getMessage()));
        }
    }

    private static StartFailure refused(Path file, String reason) {
        return new StartFailure(
                ExitCode.UNTRUSTED_DATA,
                file
                        + " is no key of an elohim-node: "
                        + reason
                        + ". It is this node's identity: restore it from a backup. It was not"
                        + " changed.");
    }

    static String render(NodeKey key) {
        return pem("PRIVATE KEY", key.privateKey().getEncoded())
                + pem("PUBLIC KEY", key.publicKey().getEncoded());
    }

    static NodeKey parse(String text) {
        try {
            KeyFactory keys = KeyFactory.getInstance("Ed25519");
            return NodeKey.of(
                    keys.generatePrivate(new PKCS8EncodedKeySpec(body(PRIVATE, "private", text))),
                    keys.generatePublic(new X509EncodedKeySpec(body(PUBLIC, "public", text))));
        } catch (GeneralSecurityException notEd25519) {
            // The JDK's own words may quote key material.
            throw new IllegalArgumentException("it holds no Ed25519 key pair");
        }
    }

    private static byte[] body(Pattern block, String half, String text) {
        Matcher found = block.matcher(text);
        if (!found.find()) {
            throw new IllegalArgumentException("it has no PEM block with a " + half + " key");
        }
        try {
            return Base64.getMimeDecoder().decode(found.group(1));
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException("its " + half + " key is not Base64");
        }
    }

    private static String pem(String type, byte[] content) {
        var lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(type, lines.encodeToString(content), type);
    }

    private static Pattern block(String type) {
        return Pattern.compile(
                "-----BEGIN " + type + "-----\\s+([A-Za-z0-9+/=\\s]+)-----END " + type + "-----");
    }
}
