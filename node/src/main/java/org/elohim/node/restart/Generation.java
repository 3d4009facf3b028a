package org.elohim.node.restart;

import akka.Done;

import org.elohim.node.exit.StartFailure;

import java.util.concurrent.CompletionStage;

/// One life of the actors, with all that lives and dies with them: the journal's connections, the
/// servers, the membership.
public interface Generation {
    /// Serves, and returns where once the node is ready.
    Places serve() throws StartFailure;

    /// When it begins to end, ordered or not.
    CompletionStage<Done> ending();

    /// Takes no more connections; those there are go on.
    void closePorts();

    /// Ends it. Fails unless its journal is closed by then.
    ///
    /// @param why for the devices, whose connections end
    void end(String why) throws StartFailure;
}
