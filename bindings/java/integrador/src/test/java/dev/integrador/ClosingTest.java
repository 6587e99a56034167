package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A node can be closed by anybody at any time, and says afterwards that it is. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosingTest {
    @TempDir
    Path folder;

    private final List<Node> opened = new ArrayList<>();

    private Node open() {
        Node node = Node.builder("Norte").store(folder.resolve("norte.db")).open();
        opened.add(node);
        return node;
    }

    @AfterEach
    void close() {
        opened.forEach(Node::close);
    }

    private static void closed(Executable call) {
        assertEquals(ErrorKind.CLOSED, assertThrows(IntegradorException.class, call).kind());
    }

    @Test
    void everyCallAfterItSaysThatItIsClosed() {
        Node node = open();
        Consumer consumer = node.consumer();
        assertFalse(node.isClosed());
        node.close();
        node.close();
        assertTrue(node.isClosed());
        assertEquals("Norte", node.name());
        for (Executable call : List.<Executable>of(
                () -> node.publishUser("1", "Ana"),
                () -> node.publishMessages(List.of()),
                () -> node.status(),
                () -> node.users(),
                () -> node.rooms(),
                () -> node.metrics(),
                () -> node.prometheus(),
                () -> node.localAddress(),
                () -> node.nextEvents(1, Duration.ofDays(1)),
                () -> node.start(IntegradorListener.messages(message -> {})),
                () -> node.consumer(),
                () -> consumer.next(Duration.ofDays(1)),
                () -> node.handle(new Request("GET", "/ping", "", Map.of(), new byte[0])))) {
            closed(call);
        }
        CompletionException failure = assertThrows(CompletionException.class, () -> node.async().status().join());
        assertEquals(ErrorKind.CLOSED, ((IntegradorException) failure.getCause()).kind());
        node.stop();
        open().close();
    }

    @Test
    void aCloseWaitsForAnotherOneThatIsUnderWay() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            Node node = open();
            CountDownLatch go = new CountDownLatch(1);
            List<CompletableFuture<Boolean>> all = IntStream.range(0, 4).mapToObj(n -> {
                CompletableFuture<Boolean> done = new CompletableFuture<>();
                new Thread(() -> {
                    try {
                        go.await();
                        node.close();
                        done.complete(node.isClosed());
                    } catch (Throwable e) {
                        done.completeExceptionally(e);
                    }
                }).start();
                return done;
            }).toList();
            go.countDown();
            all.forEach(one -> assertTrue(one.join()));
        }
    }

    @Test
    void aListenerMayCloseItsNode() {
        try (Pair pair = new Pair(folder)) {
            CompletableFuture<Boolean> returned = new CompletableFuture<>();
            pair.sur.start(IntegradorListener.messages(message -> {
                pair.sur.close();
                returned.complete(true);
            }));
            pair.say("adiós");
            assertTrue(returned.orTimeout(60, TimeUnit.SECONDS).join());
            assertTimeoutPreemptively(Duration.ofSeconds(60), () -> pair.sur.close());
            assertTrue(pair.sur.isClosed());
        }
    }

    /** What this returns on the one thread that completes the futures of this node. */
    private static <T> T hungOn(Node node, Supplier<T> work) {
        while (true) {
            // It has to get to the disk, and so has rarely ended before something hangs on it.
            Optional<T> done = node.async().publishUser("hung", UUID.randomUUID().toString())
                    .thenApply(receipt -> Thread.currentThread().getName().startsWith("integrador-completions")
                            ? Optional.of(work.get()) : Optional.<T>empty())
                    .orTimeout(60, TimeUnit.SECONDS).join();
            if (done.isPresent()) {
                return done.get();
            }
        }
    }

    @Test
    void whoHangsOnAFutureMayCloseTheNode() {
        Node node = open();
        hungOn(node, () -> {
            node.close();
            return true;
        });
        node.close();
        assertTrue(node.isClosed());
    }

    @Test
    void whoHangsOnAFutureMayCallWhatWaits() {
        try (Pair pair = new Pair(folder)) {
            assertNotNull(hungOn(pair.norte, () -> pair.norte.publishMessage("7", "1", "uno")).eventId());
            pair.arrived();
            assertEquals("uno", hungOn(pair.sur, () -> {
                try (Consumer events = pair.sur.consumer()) {
                    while (true) {
                        if (events.next(Duration.ofSeconds(60)).orElseThrow() instanceof Message message) {
                            return message.text();
                        }
                        events.done();
                    }
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }));
        }
    }

    @Test
    void whoHangsOnAFutureMayStopTheListener() {
        try (Pair pair = new Pair(folder)) {
            pair.sur.start(IntegradorListener.messages(message -> {}), 2);
            long took = hungOn(pair.sur, () -> {
                long begin = System.nanoTime();
                pair.sur.stop();
                return System.nanoTime() - begin;
            });
            assertTrue(took < 9_000_000_000L, "it did not wait for what it keeps from ending");
        }
    }

    @Test
    void whoeverWaitsHearsThatTheNodeIsClosed() {
        Node node = open();
        Consumer events = node.consumer();
        List<CompletableFuture<Object>> waiting = List.of(
                ended(() -> node.nextEvents(10, Duration.ofDays(1))),
                ended(() -> events.next(Duration.ofDays(1))),
                ended(() -> node.async().nextEvents(10, Duration.ofDays(1)).get()));
        Eventually.so("all of them wait", () -> Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().equals("waits"))
                .filter(thread -> Arrays.stream(thread.getValue()).anyMatch(frame -> List.of("wait", "await", "get").contains(frame.getMethodName())))
                .count() == waiting.size());
        node.close();
        waiting.forEach(one -> {
            Object end = one.join();
            Throwable why = end instanceof ExecutionException failure ? failure.getCause() : (Throwable) end;
            assertEquals(ErrorKind.CLOSED, ((IntegradorException) why).kind());
        });
    }

    /** What a thread of its own throws. */
    private static CompletableFuture<Object> ended(Callable<?> call) {
        CompletableFuture<Object> end = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                end.complete(call.call());
            } catch (Throwable e) {
                end.complete(e);
            }
        }, "waits");
        thread.setDaemon(true);
        thread.start();
        return end;
    }

    @Test
    void everyFutureEndsWhenTheNodeIsClosed() {
        Node node = open();
        node.publishRoom("7", "Plaza", RoomKind.PUBLIC);
        List<CompletableFuture<Receipt>> all = new ArrayList<>();
        CompletableFuture<List<Event>> waits = node.async().nextEvents(10, Duration.ofDays(1));
        for (int n = 0; n < 500; n++) {
            all.add(node.async().publishMessage("7", "1", String.valueOf(n)));
        }
        node.close();
        assertTrue(waits.isCompletedExceptionally());
        all.forEach(one -> assertTrue(one.isDone()));
        long kept = all.stream().filter(one -> !one.isCompletedExceptionally()).count();
        assertEquals(500, kept, "what was handed in before is finished");
    }

    @Test
    void closingReturnsThoughWhatHangsOnAFutureWaitsForAnother() {
        Node node = open();
        node.publishRoom("7", "Plaza", RoomKind.PUBLIC);
        CountDownLatch hung = new CountDownLatch(1);
        CompletableFuture<List<Event>> first = node.async().nextEvents(1, Duration.ofMillis(500));
        CompletableFuture<Boolean> both = first.thenApply(none -> {
            hung.countDown();
            // The thread that would complete it is this one.
            node.async().status().join();
            return true;
        });
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> hung.await());
        CompletableFuture<Status> behind = node.async().status();
        assertTimeoutPreemptively(Duration.ofSeconds(60), node::close);
        closed(() -> {
            try {
                behind.join();
            } catch (CompletionException e) {
                throw e.getCause();
            }
        });
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> assertNotNull(both.handle((done, failure) -> failure).join()));
    }

    @Test
    void anInterruptedThreadMayClose() {
        Node node = open();
        Thread.currentThread().interrupt();
        try {
            node.close();
            assertTrue(node.isClosed());
        } finally {
            assertTrue(Thread.interrupted(), "the interrupt is kept");
        }
    }
}
