package org.elohim.client.blob;

import java.io.IOException;

/// What failed was here and not at the node, so no other try is of any use.
final class LocalFailure extends IOException {
    private static final long serialVersionUID = 1;

    LocalFailure(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
