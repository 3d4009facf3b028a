package org.elohim.node.blob;

import org.elohim.protocol.id.ContentHash;

/// Hears of blobs that are no longer here although they should be, to bring them again.
public interface DamageListener {
    /// The blob is damaged, or the disk does not give it. It is not served, and a put heals it.
    ///
    /// Told by whichever thread has found it, which may hold locks: what is to be done is done
    /// elsewhere. Told again with each pass of the scrub as long as it is so, and perhaps more
    /// often.
    void damaged(ContentHash key);
}
