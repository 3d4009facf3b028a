package org.elohim.libp2p.multiformats;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The parts that an address can be made of: their names, codes and the form of their values.
///
/// A code that is not listed ends the reading of an address: nothing says how long its value is.
public enum Protocol {
    IP4("ip4", 4, ValueForm.IP4),
    TCP("tcp", 6, ValueForm.PORT),
    IP6("ip6", 41, ValueForm.IP6),
    IP6ZONE("ip6zone", 42, ValueForm.NAME),
    DNS("dns", 53, ValueForm.NAME),
    DNS4("dns4", 54, ValueForm.NAME),
    DNS6("dns6", 55, ValueForm.NAME),
    DNSADDR("dnsaddr", 56, ValueForm.NAME),
    UDP("udp", 273, ValueForm.PORT),
    WEBRTC_DIRECT("webrtc-direct", 280, ValueForm.NONE),
    WEBRTC("webrtc", 281, ValueForm.NONE),
    P2P_CIRCUIT("p2p-circuit", 290, ValueForm.NONE),
    UNIX("unix", 400, ValueForm.PATH),
    P2P("p2p", 421, ValueForm.PEER),
    TLS("tls", 448, ValueForm.NONE),
    SNI("sni", 449, ValueForm.NAME),
    NOISE("noise", 454, ValueForm.NONE),
    QUIC("quic", 460, ValueForm.NONE),
    QUIC_V1("quic-v1", 461, ValueForm.NONE),
    WEBTRANSPORT("webtransport", 465, ValueForm.NONE),
    CERTHASH("certhash", 466, ValueForm.HASH),
    WS("ws", 477, ValueForm.NONE),
    WSS("wss", 478, ValueForm.NONE),
    HTTP("http", 480, ValueForm.NONE);

    // What p2p was called at first; such addresses are still handed around.
    private static final String P2P_OLD_LABEL = "ipfs";
    private static final Map<String, Protocol> BY_LABEL =
            Arrays.stream(values()).collect(Collectors.toMap(Protocol::label, Function.identity()));
    private static final Map<Long, Protocol> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toMap(Protocol::code, Function.identity()));

    private final String label;
    private final long code;
    private final ValueForm form;

    Protocol(String label, long code, ValueForm form) {
        this.label = label;
        this.code = code;
        this.form = form;
    }

    public String label() {
        return label;
    }

    public long code() {
        return code;
    }

    ValueForm form() {
        return form;
    }

    static Optional<Protocol> ofLabel(String label) {
        return Optional.ofNullable(BY_LABEL.get(label.equals(P2P_OLD_LABEL) ? P2P.label : label));
    }

    static Optional<Protocol> ofCode(long code) {
        return Optional.ofNullable(BY_CODE.get(code));
    }
}
