package org.elohim.node.restart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.Done;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.family.Address;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

@Timeout(30)
class GenerationsTest {
    private static final Optional<Address> ATTIC = Optional.of(new Address("192.0.2.1", 7000));
    private static final Optional<Address> CELLAR = Optional.of(new Address("192.0.2.2", 7000));

    private final BlockingQueue<String> happened = new LinkedBlockingQueue<>();
    private final BlockingQueue<Life> lives = new LinkedBlockingQueue<>();
    private final List<Optional<Address>> joined = new ArrayList<>();
    // From here on nobody is held up, nor who begins after it; guarded by this.
    private boolean isOver;
    private volatile Optional<StartFailure> refusal = Optional.empty();
    private final Places places;
    private final Generations generations = new Generations(this::begin);

    GenerationsTest() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            places =
                    new Places(
                            new InetSocketAddress(free.getInetAddress(), free.getLocalPort()),
                            new InetSocketAddress(free.getInetAddress(), 0),
                            Optional.empty());
        }
    }

    @AfterEach
    void close() throws Exception {
        letAllGo();
        generations.close();
    }

    private synchronized void letAllGo() {
        isOver = true;
        lives.forEach(Life::letGo);
    }

    /// Actors that serve and end when the test lets them.
    private final class Life implements Generation {
        private final int number;
        final CompletableFuture<Done> ending = new CompletableFuture<>();
        final Semaphore mayServe = new Semaphore(0);
        final Semaphore mayEnd = new Semaphore(0);

        Life(int number) {
            this.number = number;
        }

        @Override
        public Places serve() throws StartFailure {
            happened.add("serve " + number);
            acquire(mayServe);
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            return places;
        }

        @Override
        public CompletionStage<Done> ending() {
            return ending;
        }

        @Override
        public void closePorts() {
            happened.add("close ports " + number);
        }

        @Override
        public void end(String why) {
            happened.add("end " + number + ": " + why);
            ending.complete(Done.done());
            acquire(mayEnd);
            happened.add("ended " + number);
        }

        void letGo() {
            mayEnd.release();
            mayServe.release();
        }

        private static void acquire(Semaphore permit) {
            permit.acquireUninterruptibly();
        }
    }

    private synchronized Generation begin(
            Restart restart, Optional<Places> before, Optional<Address> joinFirst) {
        int number = joined.size() + 1;
        assertEquals(number == 1 ? Optional.empty() : Optional.of(places), before);
        joined.add(joinFirst);
        happened.add("begin " + number);
        var life = new Life(number);
        if (isOver) {
            life.letGo();
        }
        lives.add(life);
        return life;
    }

    private void startFirst() throws Exception {
        var started =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return generations.start();
                            } catch (StartFailure failed) {
                                throw new AssertionError(failed);
                            }
                        });
        expect("begin 1", "serve 1");
        life(1).mayServe.release();
        assertEquals(places, started.get());
    }

    private Life life(int number) {
        return lives.stream().filter(life -> life.number == number).findFirst().orElseThrow();
    }

    private void expect(String... events) throws InterruptedException {
        for (String event : events) {
            assertEquals(event, happened.poll(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void theNextBeginsOnlyWhenTheOneBeforeHasEnded() throws Exception {
        startFirst();
        generations.restart("a merge", ATTIC);
        expect("close ports 1", "end 1: a merge");
        assertTrue(happened.isEmpty());

        life(1).mayEnd.release();
        expect("ended 1", "begin 2", "serve 2");
        assertEquals(ATTIC, joined.getLast());
    }

    @Test
    void allThatIsOrderedBeforeTheNextBeginsIsOneRestart() throws Exception {
        startFirst();
        generations.restart("a merge", ATTIC);
        expect("close ports 1", "end 1: a merge");
        generations.restart("a key", CELLAR);
        generations.restart("a merge", Optional.empty());
        life(1).mayEnd.release();
        expect("ended 1", "begin 2", "serve 2");
        life(2).mayServe.release();
        generations.restart("later", Optional.empty());

        expect("close ports 2", "end 2: later");
        assertEquals(List.of(Optional.empty(), CELLAR), joined);
    }

    @Test
    void whatIsOrderedWhileTheNextStartsIsDoneOnceItServes() throws Exception {
        startFirst();
        generations.restart("a merge", Optional.empty());
        life(1).mayEnd.release();
        expect("close ports 1", "end 1: a merge", "ended 1", "begin 2", "serve 2");
        generations.restart("a key", ATTIC);
        generations.restart("a key", Optional.empty());
        assertTrue(happened.isEmpty());

        life(2).mayServe.release();
        expect("close ports 2", "end 2: a key");
        life(2).mayEnd.release();
        expect("ended 2", "begin 3", "serve 3");
        assertEquals(ATTIC, joined.getLast());
    }

    @Test
    void anEndThatWasOrderedIsNoLossAndOneThatWasNotIs() throws Exception {
        startFirst();
        var loss = CompletableFuture.runAsync(this::awaitLoss);
        generations.restart("a merge", Optional.empty());
        life(1).mayEnd.release();
        expect("close ports 1", "end 1: a merge", "ended 1", "begin 2", "serve 2");
        life(2).mayServe.release();
        assertFalse(loss.isDone());

        life(2).ending.complete(Done.done());
        loss.get(10, TimeUnit.SECONDS);
    }

    private void awaitLoss() {
        try {
            generations.awaitLoss();
        } catch (StartFailure failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void whoeverWaitsHearsWhyTheNextOneCannotServe() throws Exception {
        startFirst();
        refusal = Optional.of(new StartFailure(ExitCode.ENVIRONMENT, "The disk is full."));
        generations.restart("a merge", Optional.empty());
        life(1).mayEnd.release();
        expect("close ports 1", "end 1: a merge", "ended 1", "begin 2", "serve 2");
        life(2).mayServe.release();

        var told = assertThrows(StartFailure.class, generations::awaitLoss);
        assertEquals(ExitCode.ENVIRONMENT, told.exitCode());
    }

    @Test
    void nothingBeginsAnyMoreOnceItIsClosed() throws Exception {
        startFirst();
        generations.restart("a merge", Optional.empty());
        expect("close ports 1", "end 1: a merge");
        var closed = CompletableFuture.runAsync(this::closeAll);
        // Else the next one might begin before.
        awaitClosing();
        life(1).mayEnd.release();
        closed.get(10, TimeUnit.SECONDS);
        generations.restart("too late", Optional.empty());

        expect("ended 1");
        assertEquals(1, joined.size());
    }

    private void awaitClosing() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!generations.isClosed()) {
            assertTrue(System.nanoTime() < deadline, "it was not closed");
            Thread.onSpinWait();
        }
    }

    private void closeAll() {
        try {
            generations.close();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void whoAsksInTheMeantimeIsToldToComeBackAndThatTheProcessLives() throws Exception {
        startFirst();
        generations.restart("a merge", Optional.empty());
        expect("close ports 1", "end 1: a merge");

        HttpResponse<String> status = get("/documents/1/status");
        assertEquals(503, status.statusCode());
        assertEquals("1", status.headers().firstValue("Retry-After").orElse(""));
        assertEquals(
                "application/problem+json", status.headers().firstValue("Content-Type").orElse(""));
        assertTrue(status.body().contains("Nothing is lost; ask again"), status.body());
        assertEquals(503, get("/health/ready").statusCode());
        assertEquals(200, get("/health/live").statusCode());

        life(1).mayEnd.release();
        expect("ended 1", "begin 2", "serve 2");
        assertThrows(IOException.class, () -> get("/health/live"));
    }

    private HttpResponse<String> get(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + places.http().getPort() + path);
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(uri).GET().build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }
}
