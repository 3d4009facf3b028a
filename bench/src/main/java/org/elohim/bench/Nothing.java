package org.elohim.bench;

import java.util.concurrent.CountDownLatch;

/// The least a Java process can do: say that it is there, and wait to be stopped.
final class Nothing {
    private Nothing() {}

    static void main() throws InterruptedException {
        System.out.println("nothing is ready");
        new CountDownLatch(1).await();
    }
}
