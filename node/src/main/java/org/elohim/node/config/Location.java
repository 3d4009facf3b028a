package org.elohim.node.config;

import java.math.BigDecimal;
import java.util.regex.Pattern;

/// Where a node stands, in degrees.
///
/// Invariants: latitude -90 to 90, longitude -180 to 180; the text is `latitude,longitude`.
public record Location(double latitude, double longitude) {
    private static final double LATITUDE_MAX = 90;
    private static final double LONGITUDE_MAX = 180;
    // Seven decimals are about a centimetre.
    private static final Pattern TEXT =
            Pattern.compile("(-?[0-9]{1,3}(?:\\.[0-9]{1,7})?), ?(-?[0-9]{1,3}(?:\\.[0-9]{1,7})?)");

    public Location {
        // Written so that "not a number" fails too.
        if (!(Math.abs(latitude) <= LATITUDE_MAX)) {
            throw new IllegalArgumentException("latitude out of range");
        }
        if (!(Math.abs(longitude) <= LONGITUDE_MAX)) {
            throw new IllegalArgumentException("longitude out of range");
        }
    }

    /// Reads `52.52,13.405`.
    ///
    /// @throws IllegalArgumentException where the text is no such pair
    public static Location parse(String text) {
        var match = TEXT.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("not latitude,longitude in degrees");
        }
        return new Location(Double.parseDouble(match.group(1)), Double.parseDouble(match.group(2)));
    }

    @Override
    public String toString() {
        return plain(latitude) + "," + plain(longitude);
    }

    private static String plain(double degrees) {
        return BigDecimal.valueOf(degrees).stripTrailingZeros().toPlainString();
    }
}
