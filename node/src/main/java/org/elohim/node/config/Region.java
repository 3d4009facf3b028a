package org.elohim.node.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// The regions that the registry knows.
public enum Region {
    US_WEST,
    US_CENTRAL,
    US_EAST,
    CA_WEST,
    CA_CENTRAL,
    CA_EAST,
    MX_CENTRAL,
    EU_WEST,
    EU_CENTRAL,
    EU_NORTH,
    EU_SOUTH,
    AP_SOUTH,
    AP_SOUTHEAST,
    AP_NORTHEAST,
    AP_EAST,
    SA_EAST,
    AF_SOUTH,
    ME_CENTRAL,
    OC_SOUTHEAST,
    GLOBAL;

    static final String NAMES =
            Arrays.stream(values()).map(Region::toString).collect(Collectors.joining(" "));

    /// Reads a name such as `eu-central`.
    ///
    /// @throws IllegalArgumentException where no region has this name
    public static Region parse(String name) {
        return Arrays.stream(values())
                .filter(region -> region.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown region"));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
