package org.elohim.cluster.push;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;

import java.util.List;
import java.util.Optional;

/// A connection to a client that is told of documents, whatever it runs over. What is said stays in
/// order.
public interface PushCarrier {
    /// Whether there is something of the document here that the client may read.
    void stands(DocumentId document, boolean available);

    /// Says what was journaled of a document.
    ///
    /// @param view what the document says, for a client that wants to know
    void changed(DocumentId document, Place place, List<Bytes> changes, Optional<Views.View> view);

    void unsubscribed(DocumentId document);

    /// Why the connection ends.
    void failed(String reason);

    void close(String reason);

    /// So much is queued that nothing more should be said for now. Once that is over, the client is
    /// told [PushClient.Command.Drained].
    boolean isCongested();
}
