package org.elohim.cluster.family;

import akka.remote.artery.tcp.SSLEngineProvider;

import scala.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;

/// The lines between the actors of a family's nodes, which can be hung up one by one.
///
/// Akka keeps a connection as long as the kernel does, and after a cut that tries to send again
/// ever more seldom: a line may stay dumb as long after the heal as the cut took. Hung up, it fails
/// at its next word, and Akka connects anew.
///
/// Invariants: a line that was not called from here is never touched.
public final class FamilyLines implements SSLEngineProvider {
    private final SSLEngineProvider tls;
    // Weak, since nobody tells when a line has ended; guarded by itself.
    private final Map<HungUpEngine, String> called = new WeakHashMap<>();

    public FamilyLines(SSLEngineProvider tls) {
        this.tls = tls;
    }

    /// Ends all lines that were called from here to this place. Says how many.
    public int hangUp(String host, int port) {
        List<HungUpEngine> there = new ArrayList<>();
        synchronized (called) {
            called.forEach(
                    (engine, place) -> {
                        if (place.equals(place(host, port))) {
                            there.add(engine);
                        }
                    });
            there.forEach(called::remove);
        }
        there.forEach(HungUpEngine::hangUp);
        return there.size();
    }

    private static String place(String host, int port) {
        return host.replaceAll("[\\[\\]]", "") + " " + port;
    }

    @Override
    public SSLEngine createClientSSLEngine(String host, int port) {
        var engine = new HungUpEngine(tls.createClientSSLEngine(host, port));
        synchronized (called) {
            called.put(engine, place(host, port));
        }
        return engine;
    }

    @Override
    public SSLEngine createServerSSLEngine(String host, int port) {
        return tls.createServerSSLEngine(host, port);
    }

    @Override
    public Option<Throwable> verifyClientSession(String host, SSLSession session) {
        return tls.verifyClientSession(host, session);
    }

    @Override
    public Option<Throwable> verifyServerSession(String host, SSLSession session) {
        return tls.verifyServerSession(host, session);
    }
}
