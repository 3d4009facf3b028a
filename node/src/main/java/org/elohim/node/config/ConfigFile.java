package org.elohim.node.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// The bytes of a configuration file as text.
///
/// Invariants: never reads more than the bound; whatever is wrong with the file is a value.
sealed interface ConfigFile {
    // The commented reference is about ten thousand bytes; the parser's time grows with the size.
    int BYTES_MAX = 256 * 1024;

    record Content(String text) implements ConfigFile {}

    record Missing() implements ConfigFile {}

    /// A file that is there and cannot be used; `line` counts from 1, or is 0 for the whole file.
    record Unusable(int line, String reason) implements ConfigFile {}

    static ConfigFile read(Path path) {
        if (Files.isDirectory(path)) {
            return new Unusable(0, "is a directory");
        }
        byte[] bytes;
        try (var in = Files.newInputStream(path)) {
            bytes = in.readNBytes(BYTES_MAX + 1);
        } catch (NoSuchFileException _) {
            return new Missing();
        } catch (AccessDeniedException _) {
            return new Unusable(0, "may not be read by this user");
        } catch (IOException unreadable) {
            return new Unusable(
                    0,
                    "cannot be read: "
                            + TomlText.sentence(String.valueOf(unreadable.getMessage())));
        }
        if (bytes.length > BYTES_MAX) {
            return new Unusable(0, "larger than " + BYTES_MAX / 1024 + " KiB");
        }
        return decode(bytes);
    }

    private static ConfigFile decode(byte[] bytes) {
        // Not `new String`: it would turn what is no UTF-8 into question marks inside values.
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        if (decoder.decode(in, out, true).isError()) {
            return new Unusable(lineAt(bytes, in.position()), "not UTF-8");
        }
        String text = out.flip().toString();
        // Some editors mark the file with an invisible character that TOML does not know.
        return new Content(text.startsWith("\ufeff") ? text.substring(1) : text);
    }

    private static int lineAt(byte[] bytes, int position) {
        int line = 1;
        for (int i = 0; i < position; i++) {
            line += bytes[i] == '\n' ? 1 : 0;
        }
        return line;
    }
}
