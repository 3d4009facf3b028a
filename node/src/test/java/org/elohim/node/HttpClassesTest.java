package org.elohim.node;

import static org.junit.jupiter.api.Assertions.assertFalse;

import akka.actor.ActorSystem;
import akka.http.javadsl.model.Host;
import akka.parboiled2.CharPredicate;
import akka.stream.Materializer;

import com.typesafe.config.Config;

import org.junit.jupiter.api.Test;

import scala.Option;

import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Stream;

/// Each round loads the classes anew, as a process that has just begun.
class HttpClassesTest {
    private static final int ROUNDS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<List<String>> PAIRS =
            List.of(
                    List.of(
                            "akka.http.javadsl.model.Host",
                            "akka.http.scaladsl.model.Uri$Host$Empty$"),
                    List.of(
                            "akka.http.javadsl.model.HttpEntity$ChunkStreamPart",
                            "akka.http.scaladsl.model.HttpEntity$LastChunk$"));

    @Test
    void twoThreadsThatUseThemFirstDoNotWaitForEachOther() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            for (List<String> pair : PAIRS) {
                try (var loader =
                        new URLClassLoader(places(), ClassLoader.getPlatformClassLoader())) {
                    load(loader);
                    var both = new CyclicBarrier(pair.size());
                    List<Thread> users =
                            pair.stream().map(name -> use(name, loader, both)).toList();
                    for (Thread user : users) {
                        user.join(PATIENCE);
                        assertFalse(user.isAlive(), pair.toString());
                    }
                }
            }
        }
    }

    private static URL[] places() {
        return Stream.of(
                        HttpClasses.class,
                        Host.class,
                        CharPredicate.class,
                        ActorSystem.class,
                        Materializer.class,
                        Config.class,
                        Option.class)
                .map(each -> each.getProtectionDomain().getCodeSource().getLocation())
                .toArray(URL[]::new);
    }

    private static void load(ClassLoader loader) throws Exception {
        Method load = loader.loadClass(HttpClasses.class.getName()).getDeclaredMethod("load");
        load.setAccessible(true);
        load.invoke(null);
    }

    private static Thread use(String name, ClassLoader loader, CyclicBarrier both) {
        return Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try {
                                Class.forName(name, false, loader);
                                both.await();
                                Class.forName(name, true, loader);
                            } catch (Exception broken) {
                                throw new IllegalStateException(broken);
                            }
                        });
    }
}
