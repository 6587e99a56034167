package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events one by one: each is handed out until it is done. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConsumerTest {
    private static final Duration LONG = Eventually.PATIENCE;

    @TempDir
    Path folder;

    private Pair pair;

    @BeforeEach
    void open() throws InterruptedException {
        pair = new Pair(folder);
        // What came before the tests.
        Pair.taken(pair.sur, RoomChange.class, 1);
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private static Message message(Consumer events) throws InterruptedException {
        return (Message) events.next(LONG).orElseThrow();
    }

    @Test
    void theNextEventIsWaitedForAsLongAsIsSaid() throws InterruptedException {
        try (Consumer events = pair.sur.consumer()) {
            long begin = System.nanoTime();
            assertEquals(Optional.empty(), events.next(Duration.ofMillis(300)));
            long took = System.nanoTime() - begin;
            assertTrue(took >= 300_000_000L, took + " ns");
            assertEquals(Optional.empty(), events.next(Duration.ZERO));
            pair.say("uno");
            assertEquals("uno", message(events).text());
        }
    }

    @Test
    void anEventThatEndedWithNeitherHasFailed() throws InterruptedException {
        pair.say("uno");
        pair.say("dos");
        try (Consumer events = pair.sur.consumer()) {
            assertEquals(1, message(events).attempt());
            Message again = message(events);
            assertEquals("uno", again.text());
            assertEquals(2, again.attempt());
            events.failed("not today");
            again = message(events);
            assertEquals("uno", again.text());
            assertEquals(3, again.attempt());
            events.done();
            assertEquals("dos", message(events).text());
            events.done();
        }
        assertEquals(0, pair.sur.status().inbox());
    }

    /** Shows promise 3. */
    @Test
    void anInterruptEndsTheWaitAndLosesNothing() throws InterruptedException {
        List<String> texts = new ArrayList<>();
        int interrupts = 0;
        try (Consumer events = pair.sur.consumer()) {
            Thread taker = Thread.currentThread();
            CompletableFuture<Void> saying = CompletableFuture.runAsync(() -> {
                for (int n = 0; n < 50; n++) {
                    taker.interrupt();
                    pair.say(String.valueOf(n));
                    taker.interrupt();
                }
            });
            while (texts.size() < 50) {
                try {
                    texts.add(message(events).text());
                    events.done();
                } catch (InterruptedException e) {
                    interrupts++;
                }
            }
            while (!saying.isDone()) {
                Thread.interrupted();
                Thread.yield();
            }
            Thread.interrupted();
        }
        assertEquals(IntStream.range(0, 50).mapToObj(String::valueOf).toList(), texts);
        assertTrue(interrupts > 0);
    }

    @Test
    void afterAnInterruptTheNextWaitLastsAsLongAsIsSaid() throws InterruptedException {
        try (Consumer events = pair.sur.consumer()) {
            for (int n = 0; n < 20; n++) {
                // Whether it is interrupted before it waits or while it does.
                Thread.currentThread().interrupt();
                assertThrows(InterruptedException.class, () -> events.next(LONG));
                long begin = System.nanoTime();
                assertEquals(Optional.empty(), events.next(Duration.ofMillis(30)));
                assertTrue(System.nanoTime() - begin >= 30_000_000L);
            }
        }
    }

    /** Shows promise 3. */
    @Test
    void closingGivesBackWhatWasNotDone() throws InterruptedException {
        for (int n = 0; n < 5; n++) {
            pair.say(String.valueOf(n));
        }
        pair.arrived();
        try (Consumer events = pair.sur.consumer()) {
            assertEquals("0", message(events).text());
            events.done();
            assertEquals("1", message(events).text());
        }
        try (Consumer events = pair.sur.consumer()) {
            Message failed = message(events);
            assertEquals("1", failed.text());
            assertEquals(2, failed.attempt());
            events.done();
            Message next = message(events);
            assertEquals("2", next.text());
            assertEquals(1, next.attempt(), "it was never seen");
        }
    }

    /** Shows promise 1. */
    @Test
    void whatIsFlushedIsOnDisk() throws InterruptedException {
        pair.say("uno");
        try (Consumer events = pair.sur.consumer()) {
            message(events);
            events.done();
            events.flush();
            assertEquals(0, pair.sur.status().inbox());
        }
    }

    @Test
    void severalConsumersShareTheRooms() throws InterruptedException {
        pair.room("8");
        Pair.taken(pair.sur, RoomChange.class, 1);
        try (Consumer first = pair.sur.consumer();
                Consumer second = pair.sur.consumer()) {
            pair.norte.publishMessage("7", "1", "uno");
            assertEquals("uno", message(first).text());
            pair.norte.publishMessage("7", "1", "dos");
            pair.norte.publishMessage("8", "1", "tres");
            assertEquals("tres", message(second).text());
            second.done();
            assertEquals(Optional.empty(), second.next(Duration.ofMillis(200)), "room 7 belongs to the first one");
            first.done();
            assertEquals("dos", message(first).text());
            first.done();
        }
    }

    @Test
    void closingItEndsTheWaitOfAnotherThread() {
        Consumer events = pair.sur.consumer();
        CompletableFuture<Object> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return events.next(LONG);
            } catch (InterruptedException e) {
                return e;
            }
        });
        events.close();
        events.close();
        Object ended = waiting.handle((event, failure) -> failure == null ? event : failure.getCause()).orTimeout(60, TimeUnit.SECONDS).join();
        assertEquals(ErrorKind.CLOSED, ((IntegradorException) ended).kind());
    }
}
