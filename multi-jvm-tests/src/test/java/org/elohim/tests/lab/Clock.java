package org.elohim.tests.lab;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A wall clock that is off, by libfaketime.
final class Clock {
    private Clock() {}

    /// What a process needs in its environment. Its monotonic clock is shifted as well, which
    /// nobody can tell: it begins anywhere. (Told to leave that one alone, the library lets a JVM
    /// wait for ever.)
    static Map<String, String> shifted(Duration offset) {
        // The tool knows where its library lies. Itself it would stand between a node and whoever
        // kills it.
        String library =
                Tool.run(List.of("faketime", "-f", "+0s", "printenv", "LD_PRELOAD"), "").strip();
        return Map.of("LD_PRELOAD", library, "FAKETIME", "%+ds".formatted(offset.toSeconds()));
    }
}
