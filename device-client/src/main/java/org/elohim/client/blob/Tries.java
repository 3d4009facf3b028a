package org.elohim.client.blob;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;

/// When it is worth another try. Whatever moves on makes it worth all of them again.
final class Tries {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    private final BlobOptions options;
    private Duration pause = FIRST_PAUSE;
    private long since = System.nanoTime();

    Tries(BlobOptions options) {
        this.options = options;
    }

    void movedOn() {
        pause = FIRST_PAUSE;
        since = System.nanoTime();
    }

    /// Waits before the next try; `false` where there is to be none.
    ///
    /// @param least what the node asks for
    boolean again(Duration least) throws IOException {
        if (System.nanoTime() - since > options.patience().toNanos()) {
            return false;
        }
        Duration wait = pause.compareTo(least) < 0 ? least : pause;
        Duration longest = options.pauseMax();
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(longest) > 0 ? longest : pause;
        try {
            Thread.sleep(wait.compareTo(longest) > 0 ? longest : wait);
            return true;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(stopped);
        }
    }
}
