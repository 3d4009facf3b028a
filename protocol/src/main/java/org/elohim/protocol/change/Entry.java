package org.elohim.protocol.change;

/// Where changes come from, as far as their cost is concerned.
public enum Entry {
    /// From a device, here and now for the first time: the cost guard applies.
    DEVICE,

    /// From another node, which has let it in: refusing it here would leave the two apart for ever.
    RELAY
}
