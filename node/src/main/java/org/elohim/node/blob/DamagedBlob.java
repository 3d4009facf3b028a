package org.elohim.node.blob;

import java.io.IOException;

/// What lies on the disk is not what was written there.
public final class DamagedBlob extends IOException {
    private static final long serialVersionUID = 1;

    DamagedBlob(String words) {
        super(words);
    }
}
