package org.elohim.node.identity;

import org.elohim.node.data.DataDirectory;
import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;

import java.io.IOException;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;

/// `admin.token`: the operator's bearer token, made at the first start.
public final class AdminToken {
    public static final String FILE_NAME = "admin.token";
    public static final String ENVIRONMENT_NAME = "ELOHIM_API_TOKEN";
    private static final int TOKEN_BYTES = 32;
    private static final int TOKEN_CHARS_MIN = 16;
    private static final int FILE_BYTES_MAX = 4096;

    private AdminToken() {}

    /// Whether the environment names one; an empty variable counts as absent, as everywhere.
    public static boolean isGiven(Map<String, String> environment) {
        return !environment.getOrDefault(ENVIRONMENT_NAME, "").isEmpty();
    }

    /// The token from the environment, else that of the file, which is made where it is missing.
    public static String loadOrCreate(DataDirectory directory, Map<String, String> environment)
            throws StartFailure {
        var file = directory.resolve(FILE_NAME);
        try {
            if (!Files.exists(file)) {
                byte[] token = new byte[TOKEN_BYTES];
                new SecureRandom().nextBytes(token);
                SafeFile.write(
                        file, Base64.getUrlEncoder().withoutPadding().encodeToString(token) + "\n");
            }
            if (SafeFile.isOpenToOthers(file)) {
                throw new StartFailure(
                        ExitCode.UNTRUSTED_DATA,
                        "%s can be read by other users of this machine. Delete it, and a new one is made; if nobody has read it, run instead: chmod 600 %s"
                                .formatted(file, file));
            }
            String given = environment.getOrDefault(ENVIRONMENT_NAME, "");
            String token = given.isEmpty() ? SafeFile.read(file, FILE_BYTES_MAX).strip() : given;
            if (token.length() < TOKEN_CHARS_MIN) {
                throw new StartFailure(
                        ExitCode.USAGE,
                        "The operator's token in %s has fewer than %d characters and could be guessed. Choose a longer one, or delete the file and a new one is made."
                                .formatted(
                                        given.isEmpty() ? file : ENVIRONMENT_NAME,
                                        TOKEN_CHARS_MIN));
            }
            return token;
        } catch (IOException failed) {
            throw DataDirectory.unusable(directory.path(), failed);
        }
    }
}
