package org.elohim.cluster.format;

import org.elohim.cluster.blob.BlobLogFormat;
import org.elohim.cluster.document.DocumentFormat;
import org.elohim.cluster.journal.StoredFormat;
import org.elohim.cluster.registry.RegisteredNodeFormat;
import org.elohim.cluster.sync.PeerSyncFormat;
import org.elohim.cluster.token.TokensFormat;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Every kind of event and snapshot that this version can read and write.
///
/// Invariants: a manifest and a class each stand in the list once; an entry may be added, never
/// renamed or removed, for old rows carry its manifest for ever.
public final class EventManifests {
    private static final List<StoredFormat<?>> ALL =
            Stream.of(
                            RegisteredNodeFormat.formats(),
                            TokensFormat.formats(),
                            DocumentFormat.formats(),
                            PeerSyncFormat.formats(),
                            BlobLogFormat.formats())
                    .flatMap(Collection::stream)
                    .toList();

    private static final Map<String, StoredFormat<?>> BY_MANIFEST =
            ALL.stream().collect(Collectors.toMap(StoredFormat::manifest, Function.identity()));
    private static final Map<Class<?>, StoredFormat<?>> BY_TYPE =
            ALL.stream().collect(Collectors.toMap(StoredFormat::type, Function.identity()));

    private EventManifests() {}

    public static List<StoredFormat<?>> all() {
        return ALL;
    }

    static Optional<StoredFormat<?>> of(Class<?> type) {
        return Optional.ofNullable(BY_TYPE.get(type));
    }

    static Optional<StoredFormat<?>> named(String manifest) {
        return Optional.ofNullable(BY_MANIFEST.get(manifest));
    }
}
