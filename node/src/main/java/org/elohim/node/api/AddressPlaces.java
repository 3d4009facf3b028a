package org.elohim.node.api;

import java.util.HashMap;
import java.util.Map;

/// How many connections each address has, of as many as it may have.
final class AddressPlaces {
    private final int perAddress;
    private final Map<String, Integer> taken = new HashMap<>();

    AddressPlaces(int perAddress) {
        this.perAddress = perAddress;
    }

    int perAddress() {
        return perAddress;
    }

    /// Says whether there was one; nothing is changed where the address has all that it may have.
    synchronized boolean take(String address) {
        int before = taken.getOrDefault(address, 0);
        if (before >= perAddress) {
            return false;
        }
        taken.put(address, before + 1);
        return true;
    }

    /// One that was taken is free again.
    synchronized void leave(String address) {
        taken.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }
}
