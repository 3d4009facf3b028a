package org.elohim.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

class ConfigProperties {
    @Property
    void aSizeIsReadBackAsItWasPrinted(@ForAll @LongRange(min = 0) long bytes) {
        assertEquals(bytes, ByteSize.parse(new ByteSize(bytes).toString()).bytes());
    }

    @Property
    void aDurationIsReadBackAsItWasPrinted(
            @ForAll @LongRange(min = 0, max = 1L << 40) long millis) {
        Duration duration = Duration.ofMillis(millis);

        assertEquals(duration, DurationText.parse(DurationText.of(duration)));
    }

    @Property
    void anyTextIsASizeAndADurationOrRefused(@ForAll String text) {
        refusedOrRead(() -> ByteSize.parse(text));
        refusedOrRead(() -> DurationText.parse(text));
    }

    @Property(tries = 300)
    void anyFileIsAConfigurationOrLinesWithoutLineBreaks(@ForAll("tomlLike") String text)
            throws IOException {
        Path file = Files.createTempFile("config", ".toml");
        try {
            Files.writeString(file, text);

            var loaded =
                    ConfigLoader.load(
                            Arguments.parse(List.of("--config", file.toString())),
                            Map.of(),
                            Path.of("/nowhere"),
                            Path.of("/nowhere"));

            if (loaded instanceof Loaded.Wrong(var lines)) {
                assertFalse(lines.isEmpty());
                lines.forEach(line -> assertEquals(1, line.lines().count(), line));
            }
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 300)
    void anyArgumentsAreTakenApartWithoutAFall(@ForAll("arguments") List<String> arguments) {
        assertNotNull(Arguments.parse(arguments));
    }

    @Provide
    Arbitrary<String> tomlLike() {
        Arbitrary<String> piece =
                Arbitraries.of(
                        "[api]",
                        "[node]",
                        "[",
                        "]",
                        "{",
                        "}",
                        "=",
                        "\"",
                        "'''",
                        "http_port",
                        "listen_addrs",
                        "cluster_key",
                        "1",
                        "1.5",
                        "true",
                        "1979-05-27",
                        "\n",
                        " ",
                        ",",
                        "#",
                        ".",
                        "\u0000",
                        "\ud83d\ude00",
                        "é");
        return Arbitraries.oneOf(piece, Arbitraries.strings().ofMaxLength(3))
                .list()
                .ofMaxSize(40)
                .map(pieces -> pieces.stream().collect(Collectors.joining()));
    }

    @Provide
    Arbitrary<List<String>> arguments() {
        return Arbitraries.oneOf(
                        Arbitraries.of("--config", "--http-port", "--print-config=1", "--", "-h"),
                        Arbitraries.strings().ofMaxLength(8))
                .list()
                .ofMaxSize(8);
    }

    private static void refusedOrRead(Runnable read) {
        try {
            read.run();
        } catch (IllegalArgumentException declared) {
            assertNotNull(declared.getMessage());
        }
    }
}
