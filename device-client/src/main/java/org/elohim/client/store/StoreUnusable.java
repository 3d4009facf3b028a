package org.elohim.client.store;

/// The store cannot be opened or written; the message tells a person why and what to do.
public final class StoreUnusable extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StoreUnusable(String message) {
        super(message);
    }

    StoreUnusable(String message, Throwable cause) {
        super(message, cause);
    }
}
