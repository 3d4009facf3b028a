package org.elohim.node.identity;

import org.elohim.node.data.DataDirectory;
import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.StartFailure;

import java.io.IOException;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.Base64;

/// `admin.token`: the operator's bearer token, made at the first start.
public final class AdminToken {
    public static final String FILE_NAME = "admin.token";
    public static final String ENVIRONMENT_NAME = "ELOHIM_API_TOKEN";
    private static final int TOKEN_BYTES = 32;

    private AdminToken() {}

    public static void createIfAbsent(DataDirectory directory) throws StartFailure {
        var file = directory.resolve(FILE_NAME);
        try {
            if (!Files.exists(file)) {
                byte[] token = new byte[TOKEN_BYTES];
                new SecureRandom().nextBytes(token);
                SafeFile.write(
                        file, Base64.getUrlEncoder().withoutPadding().encodeToString(token) + "\n");
            }
        } catch (IOException failed) {
            throw DataDirectory.unusable(directory.path(), failed);
        }
    }
}
