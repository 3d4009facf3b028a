package org.elohim.client;

import org.elohim.protocol.sync.Tier;

import java.util.Optional;

/// How safe changes are, after waiting for it.
///
/// @param tier the highest that is reached; none where they are on this device only
/// @param whyNotMore in words; empty where all that was wanted is reached
public record Reached(Optional<Tier> tier, String whyNotMore) {}
