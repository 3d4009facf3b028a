package org.elohim.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// The version of this build, as Maven wrote it.
public final class Version {
    private Version() {}

    public static String current() {
        try (InputStream resource =
                Version.class.getResourceAsStream("/elohim-version.properties")) {
            if (resource == null) {
                throw new IllegalStateException(
                        "elohim-version.properties is not on the class path");
            }
            var properties = new Properties();
            properties.load(resource);
            return properties.getProperty("version");
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
