package org.elohim.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.libp2p.multiformats.Multiaddr;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.family.NodeRole;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

class ConfigLoaderTest {
    private static final String SECRET = "correct horse battery";

    @TempDir Path home;

    @Test
    void withoutAnythingTheDefaultsHold() {
        NodeConfig config = config(Map.of());

        assertEquals(home.resolve(".elohim-node"), config.node().dataDir());
        assertEquals("my-family", config.node().clusterName());
        assertTrue(config.node().id().isEmpty());
        assertEquals(10_000_000, config.sync().maxDocumentSize().bytes());
        assertEquals(1000, config.sync().syncIntervalMillis());
        assertEquals(1, config.sync().durableNodes());
        assertEquals(NodeRole.FULL, config.node().role());
        assertTrue(config.cluster().mdnsEnabled());
        assertTrue(config.cluster().clusterKey().isEmpty());
        assertEquals(
                List.of(
                        Multiaddr.parse("/ip4/0.0.0.0/tcp/4001"),
                        Multiaddr.parse("/ip4/0.0.0.0/udp/4001/quic-v1")),
                config.p2p().listenAddrs());
        assertEquals(List.of(), config.p2p().bootstrapNodes());
        assertEquals(500_000_000_000L, config.storage().maxCapacity().bytes());
        assertEquals(3, config.storage().shardRedundancy());
        assertEquals("127.0.0.1", config.api().listen().toString());
        assertEquals(8080, config.api().httpPort());
        assertEquals(9090, config.api().grpcPort());
        assertEquals(Region.GLOBAL, config.registry().region());
        assertEquals(StewardTier.CARETAKER, config.registry().stewardTier());
        assertTrue(config.registry().custodianOptIn());
        assertEquals(15, config.registry().maxCpuPercent());
    }

    @Test
    void flagsWinOverEnvironmentOverFileOverDefaults() {
        String file = file("[api]\nhttp_port = 1\ngrpc_port = 1\n[sync]\nsync_interval_ms = 50\n");
        var environment = Map.of("ELOHIM_API_HTTP_PORT", "2", "ELOHIM_API_GRPC_PORT", "2");

        NodeConfig config = config(environment, "--config", file, "--http-port", "3");

        assertEquals(3, config.api().httpPort());
        assertEquals(2, config.api().grpcPort());
        assertEquals(50, config.sync().syncIntervalMillis());
    }

    @Test
    void everyKeyCanBeSetByItsVariable() {
        for (Key<?> key : ConfigKeys.ALL) {
            String value =
                    ReferenceConfig.render()
                            .lines()
                            .filter(line -> line.startsWith("#" + key.name() + " = "))
                            .map(line -> line.substring(line.indexOf('=') + 2))
                            .findFirst()
                            .orElse(SECRET)
                            .replaceAll("[\\[\\]\"]", "");
            String longName =
                    "ELOHIM_"
                            + key.section().toString().toUpperCase(Locale.ROOT)
                            + "_"
                            + key.name().toUpperCase(Locale.ROOT);
            if (value.isEmpty()) {
                continue; // an empty list: an empty variable counts as not set
            }

            String shown = printed(Map.of(longName, value));

            assertTrue(shown.contains("# environment " + longName), longName + " in " + shown);
        }
    }

    @Test
    void theThreeShortNamesWork() {
        NodeConfig config =
                config(
                        Map.of(
                                "ELOHIM_DATA_DIR", "/srv/e",
                                "ELOHIM_CLUSTER_NAME", "street",
                                "ELOHIM_CLUSTER_KEY", SECRET));

        assertEquals(Path.of("/srv/e"), config.node().dataDir());
        assertEquals("street", config.node().clusterName());
        assertEquals(SECRET, config.cluster().clusterKey().orElseThrow().reveal());
    }

    @Test
    void twoNamesOfOneKeyMayNotDisagree() {
        var both = Map.of("ELOHIM_DATA_DIR", "/a", "ELOHIM_NODE_DATA_DIR", "/b");

        String line = onlyLine(both);

        assertTrue(line.contains("ELOHIM_DATA_DIR") && line.contains("ELOHIM_NODE_DATA_DIR"), line);
    }

    @Test
    void everythingWrongIsOneLineEachAllAtOnce() {
        String file =
                file(
                        """
                        [api]
                        http_port = 70000
                        htp_port = 1
                        [sync]
                        max_document_size = "big"
                        sync_interval_ms = "often"
                        [storge]
                        max_capacity = "1GB"
                        [p2p]
                        listen_addrs = ["/ip4/300.0.0.1/tcp/1"]
                        [registry]
                        region = "atlantis"
                        location = "north pole"
                        """);

        List<String> lines =
                wrong(
                        Map.of("ELOHIM_API_GRPC_PORT", "x", "ELOHIM_SYNC_INTERVAL", "1"),
                        "--config",
                        file,
                        "--listen",
                        "nowhere",
                        "--what",
                        "1");

        assertEquals(12, lines.size(), String.join("\n", lines));
        for (String part :
                List.of(
                        ":2: api.http_port = 70000",
                        ":3: unknown key api.htp_port (did you mean api.http_port?)",
                        ":5: sync.max_document_size",
                        ":6: sync.sync_interval_ms",
                        ":7: unknown section storge (did you mean storage?)",
                        ":10: p2p.listen_addrs",
                        ":12: registry.region",
                        ":13: registry.location",
                        "environment ELOHIM_API_GRPC_PORT",
                        "ELOHIM_SYNC_INTERVAL: unknown key",
                        "flag --listen",
                        "flag --what: unknown")) {
            assertTrue(
                    lines.stream().anyMatch(line -> line.contains(part)),
                    part + " in\n" + String.join("\n", lines));
        }
    }

    @Test
    void aSyntaxErrorIsToldWithItsPlace() {
        String line = onlyLine(Map.of(), "--config", file("[api]\nhttp_port = = 1\n"));

        assertTrue(line.contains(":2:13: not TOML"), line);
    }

    @Test
    void aKeyGivenTwiceIsToldWithItsPlace() {
        String line = onlyLine(Map.of(), "--config", file("[api]\nhttp_port = 1\nhttp_port = 2\n"));

        assertTrue(line.contains(":3:") && line.contains("duplicate"), line);
    }

    @Test
    void anObserverSaysWhatItHoldsAndNobodyElseDoes() {
        var part = Map.of("ELOHIM_CLUSTER_OBSERVE", "reach:commons, reach:local");
        var observer = Map.of("ELOHIM_NODE_ROLE", "observer");
        var both = new HashMap<>(part);
        both.putAll(observer);

        NodeConfig config = config(both);
        assertEquals(NodeRole.OBSERVER, config.node().role());
        assertEquals(
                List.of(Part.parse("reach:commons"), Part.parse("reach:local")),
                config.cluster().observe());
        assertTrue(onlyLine(observer).contains("names nothing to hold"));
        assertTrue(onlyLine(part).contains("for observers only"));
    }

    @Test
    void aFileThatCannotBeReadIsNamed() throws IOException {
        Path large = home.resolve("large.toml");
        Files.writeString(large, "#".repeat(ConfigFile.BYTES_MAX + 1));
        Path latin = home.resolve("latin.toml");
        Files.write(latin, new byte[] {'#', '\n', '#', (byte) 0xe9, '\n'});

        assertTrue(onlyLine(Map.of(), "--config", "gone.toml").contains("no such file"));
        assertTrue(onlyLine(Map.of(), "--config", home.toString()).contains("is a directory"));
        assertTrue(onlyLine(Map.of(), "--config", large.toString()).contains("larger than"));
        assertTrue(onlyLine(Map.of(), "--config", latin.toString()).contains(":2: not UTF-8"));
    }

    @Test
    void thePeerPortIsSetInEveryListenAddress() {
        NodeConfig config = config(Map.of(), "--p2p-port", "5000");

        assertEquals(
                List.of(
                        Multiaddr.parse("/ip4/0.0.0.0/tcp/5000"),
                        Multiaddr.parse("/ip4/0.0.0.0/udp/5000/quic-v1")),
                config.p2p().listenAddrs());
    }

    @Test
    void aDurationIsANumberOfMillisecondsOrWords() {
        for (String text : new String[] {"2000", "\"2s\"", "\"2000ms\""}) {
            String file = file("[sync]\nsync_interval_ms = " + text + "\n");

            assertEquals(2000, config(Map.of(), "--config", file).sync().syncIntervalMillis());
        }
        assertEquals(
                120_000,
                config(Map.of("ELOHIM_SYNC_SYNC_INTERVAL_MS", "2m")).sync().syncIntervalMillis());
        for (String wrong : new String[] {"\"2 parsecs\"", "\"2d\"", "-1", "true", "\"9h\""}) {
            assertTrue(
                    onlyLine(
                                    Map.of(),
                                    "--config",
                                    file("[sync]\nsync_interval_ms = " + wrong + "\n"))
                            .contains("sync.sync_interval_ms"));
        }
    }

    @Test
    void variablesOfOthersAreNobodysBusiness() {
        config(Map.of("ELOHIM_API_TOKEN", "t", "ELOHIM_DEVICE_DIR", "/d", "ELOHIM_PORT", "x"));
    }

    @Test
    void theValueOfASecretAppearsNowhere() {
        String tooShort = "hunter2!";
        String file = file("[cluster]\ncluster_key = \"" + tooShort + "\"\n");

        assertFalse(printed(Map.of("ELOHIM_CLUSTER_KEY", SECRET)).contains(SECRET));
        assertFalse(config(Map.of("ELOHIM_CLUSTER_KEY", SECRET)).toString().contains(SECRET));
        assertFalse(onlyLine(Map.of(), "--config", file).contains(tooShort));
        assertFalse(onlyLine(Map.of("ELOHIM_CLUSTER_KEY", tooShort)).contains(tooShort));
        assertFalse(onlyLine(Map.of(), "--cluster-key", SECRET).contains(SECRET));
        String unquoted = file("[cluster]\ncluster_key = " + tooShort + "\n");
        wrong(Map.of(), "--config", unquoted)
                .forEach(line -> assertFalse(line.contains(tooShort), line));
    }

    @Test
    void aSecretThatIsNoTomlAppearsNowhereEither() {
        for (String line :
                List.of(
                        "cluster_key hunter2hunter2hunter2",
                        "cluster_key = 12hunter2hunter2hunter2",
                        "cluster_key = hunter2hunter2hunter2",
                        "cluster_key = 'hunter2hunter2hunter2",
                        "cluster_key = \"hunter2hunter2hunter2")) {
            wrong(Map.of(), "--config", file("[cluster]\n" + line + "\n"))
                    .forEach(told -> assertFalse(told.contains("hunter2hunter2"), told));
        }
    }

    @Test
    void rulesBetweenKeysAreToldOnlyOfValuesThatWereMeant() {
        assertTrue(
                onlyLine(Map.of(), "--http-port", "7", "--grpc-port", "7")
                        .contains("api.http_port and api.grpc_port are both 7"));
        assertTrue(
                onlyLine(Map.of(), "--http-port", "abc", "--grpc-port", "8080")
                        .contains("flag --http-port"));
        assertTrue(
                onlyLine(Map.of("ELOHIM_REGISTRY_MAX_CUSTODY_GB", "501"))
                        .contains("more than storage.max_capacity"));
    }

    @Test
    void helpAndThePrintOutAreNoStart() {
        assertInstanceOf(Loaded.Help.class, load(Map.of(), "--help"));
        assertInstanceOf(Loaded.Printed.class, load(Map.of(), "--print-config"));
    }

    @Test
    void aByteOrderMarkIsPassedOver() {
        String file = file("\ufeff[api]\nhttp_port = 1\n");

        assertEquals(1, config(Map.of(), "--config", file).api().httpPort());
    }

    @Test
    void aFileNestedWithoutEndIsRefusedInWords() {
        String file = file("a = " + "[".repeat(50_000) + "\n");

        assertFalse(wrong(Map.of(), "--config", file).isEmpty());
    }

    @Test
    void whatIsPrintedGivesTheSameConfigurationAgain() {
        var arguments = new String[] {"--http-port", "1", "--p2p-port", "2"};
        var environment =
                Map.of(
                        "ELOHIM_CLUSTER_NAME", "Ana \"&\" Ben\\s 'Straße'",
                        "ELOHIM_STORAGE_MAX_CAPACITY", "1.5GiB",
                        "ELOHIM_REGISTRY_LOCATION", "52.5,-13.4",
                        "ELOHIM_P2P_BOOTSTRAP_NODES", "/dns4/a.example/tcp/1,/ip6/::1/tcp/2");

        String shown = printed(environment, arguments);

        assertEquals(config(environment, arguments), config(Map.of(), "--config", file(shown)));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "1,1",
        "10MB,10000000",
        "10mb,10000000",
        "1.5 GiB,1610612736",
        "64KiB,65536",
        "2kB,2000",
        "9223372036854775807,9223372036854775807"
    })
    void sizesReadAsPeopleWriteThem(String text, long bytes) {
        assertEquals(bytes, ByteSize.parse(text).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "MB", "1XB", "1.5", "1e3", "9223372036854775808", "10 M B"})
    void whatIsNoSizeIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> ByteSize.parse(text));
    }

    private String file(String text) {
        try {
            return Files.writeString(Files.createTempFile(home, "c", ".toml"), text).toString();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private NodeConfig config(Map<String, String> environment, String... arguments) {
        var loaded = load(environment, arguments);
        return assertInstanceOf(Loaded.Config.class, loaded, loaded::toString).config();
    }

    private String printed(Map<String, String> environment, String... arguments) {
        var loaded = load(environment, arguments);
        return assertInstanceOf(Loaded.Config.class, loaded, loaded::toString).effective().text();
    }

    private List<String> wrong(Map<String, String> environment, String... arguments) {
        var loaded = load(environment, arguments);
        return assertInstanceOf(Loaded.Wrong.class, loaded, loaded::toString).lines();
    }

    private String onlyLine(Map<String, String> environment, String... arguments) {
        List<String> lines = wrong(environment, arguments);
        assertEquals(1, lines.size(), String.join("\n", lines));
        return lines.getFirst();
    }

    private Loaded load(Map<String, String> environment, String... arguments) {
        return ConfigLoader.load(Arguments.parse(List.of(arguments)), environment, home, home);
    }
}
