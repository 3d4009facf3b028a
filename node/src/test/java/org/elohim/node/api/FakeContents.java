package org.elohim.node.api;

import org.elohim.cluster.sync.Grant;
import org.elohim.node.materialiser.Contents;
import org.elohim.node.materialiser.Expected;
import org.elohim.node.materialiser.Reading;
import org.elohim.node.materialiser.Tag;
import org.elohim.node.materialiser.Writing;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// One document that says what it was told last.
final class FakeContents implements Contents {
    static final Tag TAG = new Tag("0123");

    final List<Expected> expected = new ArrayList<>();
    Reading reading = new Reading.Unchanged(TAG);
    Writing writing = new Writing.Stored(TAG, List.of(), 1, true);
    String written = "";

    @Override
    public CompletionStage<Reading> read(DocumentId id, Grant.OfToken grant, Set<Tag> known) {
        return CompletableFuture.completedFuture(
                known.contains(TAG) ? new Reading.Unchanged(TAG) : reading);
    }

    @Override
    public CompletionStage<Writing> write(
            DocumentId id, Grant.OfToken grant, Bytes json, Expected wanted) {
        expected.add(wanted);
        written = new String(json.toArray(), StandardCharsets.UTF_8);
        return CompletableFuture.completedFuture(writing);
    }
}
