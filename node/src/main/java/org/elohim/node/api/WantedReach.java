package org.elohim.node.api;

import akka.http.javadsl.model.Uri;

import org.elohim.cluster.sync.Grant;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.reach.Reach;

import java.util.Optional;

/// `?reach=LEVEL`: how far a blob that is put may travel.
public sealed interface WantedReach {
    record Of(Reach reach) implements WantedReach {}

    /// The token may not write such ones, and what it may.
    record Forbidden(String words) implements WantedReach {}

    /// What a request says.
    ///
    /// @throws IllegalArgumentException where that is no reach
    static WantedReach of(Uri uri, Grant.OfToken grant) {
        // Most have none, and many come in a second.
        Optional<String> text =
                uri.rawQueryString().isEmpty() ? Optional.empty() : uri.query().get("reach");
        return of(text.map(Reach::parse), grant);
    }

    /// What is told, or the narrowest that the token may write.
    static WantedReach of(Optional<Reach> told, Grant.OfToken grant) {
        Reach wanted = told.orElse(Reach.DEFAULT);
        if (grant.allowsBlobs(Access.WRITE, wanted)) {
            return new Of(wanted);
        }
        Optional<Reach> narrowest = grant.narrowestBlobs(Access.WRITE);
        if (narrowest.isPresent() && told.isEmpty()) {
            return new Of(narrowest.get());
        }
        return new Forbidden(
                narrowest
                        .map(
                                reach ->
                                        "This token may not write blobs of reach %s; the narrowest that it may write is %s."
                                                .formatted(wanted, reach))
                        .orElse("This token may not write blobs."));
    }
}
