package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// What a node says of itself to everybody in its network, so that its family finds it.
///
/// Invariants: tells neither the family's key nor its name; what is read costs no more than its
/// bounds, and names places by numbers alone, so that reading it asks nobody. It proves nothing:
/// who is at a place is known only after a handshake.
///
/// @param incarnation of the cluster that the node is in; empty where it says none
public record Announcement(NodeId node, int port, List<String> hosts, String incarnation) {
    /// The kind of service that a family's node is.
    public static final String SERVICE = "_elohim-cluster._tcp.local.";

    public static final int HOSTS_MAX = 4;

    private static final String VERSION = "1";
    private static final int NODE_CHARACTERS = 16;
    private static final int INCARNATION_CHARACTERS_MAX = 128;
    private static final int TEXT_CHARACTERS_MAX = 255;
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,8}");
    private static final int IPV6_GROUPS = 8;
    private static final Pattern GAP = Pattern.compile("::");
    private static final Pattern COLON = Pattern.compile(":");
    private static final Pattern COMMA = Pattern.compile(",");
    private static final Pattern INCARNATION = Pattern.compile("[!-~]*");

    public Announcement {
        hosts = List.copyOf(hosts);
        if (hosts.isEmpty()
                || hosts.size() > HOSTS_MAX
                || !hosts.stream().allMatch(Announcement::isOfNumbers)) {
            throw new IllegalArgumentException("hosts=" + hosts);
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port=" + port);
        }
        if (incarnation.length() > INCARNATION_CHARACTERS_MAX
                || !INCARNATION.matcher(incarnation).matches()) {
            throw new IllegalArgumentException("incarnation=" + incarnation.length());
        }
    }

    // What only looks like numbers would be taken for a name and asked for.
    private static boolean isOfNumbers(String host) {
        return IPV4.matcher(host).matches() || (IPV6.matcher(host).matches() && isIpv6(host));
    }

    private static boolean isIpv6(String host) {
        String[] around = GAP.split(host, -1);
        List<String> groups =
                Arrays.stream(around)
                        .filter(part -> !part.isEmpty())
                        .flatMap(part -> Arrays.stream(COLON.split(part, -1)))
                        .toList();
        boolean isWhole = around.length == 1 && groups.size() == IPV6_GROUPS;
        boolean isShortened = around.length == 2 && groups.size() < IPV6_GROUPS;
        return (isWhole || isShortened) && groups.stream().noneMatch(String::isEmpty);
    }

    /// Under which a node of a family is announced: each has a name of its own, and the family's
    /// tell each other by its beginning.
    public static String name(String tag, NodeId node) {
        String id = node.toString();
        return tag + "-" + id.substring(id.length() - NODE_CHARACTERS);
    }

    /// Whether a name is one of a family.
    public static boolean isOf(String tag, String name) {
        return name.length() > tag.length() && name.startsWith(tag + "-");
    }

    public List<Address> addresses() {
        return hosts.stream().map(host -> new Address(host, port)).toList();
    }

    public Map<String, String> text() {
        Map<String, String> text = new LinkedHashMap<>();
        text.put("v", VERSION);
        text.put("node", node.toString());
        text.put("port", Integer.toString(port));
        text.put("at", String.join(",", hosts));
        if (!incarnation.isEmpty()) {
            text.put("cluster", incarnation);
        }
        return text;
    }

    /// Reads what somebody has announced under a name; nothing where it is none of ours.
    public static Optional<Announcement> parse(
            String name, Function<String, Optional<String>> text) {
        Function<String, String> bounded = key -> bounded(text.apply(key).orElse(""));
        try {
            if (!bounded.apply("v").equals(VERSION)) {
                return Optional.empty();
            }
            NodeId node = NodeId.parse(bounded.apply("node"));
            String port = bounded.apply("port");
            List<String> hosts = Arrays.asList(COMMA.split(bounded.apply("at"), HOSTS_MAX + 1));
            if (!name.endsWith(name("", node)) || !port.matches("[1-9][0-9]{0,4}")) {
                return Optional.empty();
            }
            return Optional.of(
                    new Announcement(
                            node, Integer.parseInt(port), hosts, bounded.apply("cluster")));
        } catch (IllegalArgumentException garbage) {
            return Optional.empty();
        }
    }

    private static String bounded(String value) {
        if (value.length() > TEXT_CHARACTERS_MAX) {
            throw new IllegalArgumentException("characters=" + value.length());
        }
        return value;
    }
}
