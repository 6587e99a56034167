package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A listener gets every event, in the order of its room, until it has handled it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ListenerTest {
    @TempDir
    Path folder;

    private Pair pair;
    private final List<String> texts = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() {
        pair = new Pair(folder);
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).toList();
    }

    private void came(String... expected) {
        Eventually.so(List.of(expected) + " came", () -> texts.size() >= expected.length);
        assertEquals(List.of(expected), texts);
    }

    /** Shows promise 3. */
    @Test
    void aMessageArrivesOnceThoughTheListenerFailsAtFirst() {
        List<Integer> attempts = new CopyOnWriteArrayList<>();
        pair.sur.start(IntegradorListener.messages(message -> {
            attempts.add(message.attempt());
            if (message.attempt() == 1) {
                throw new Exception("not today \uD83D");
            }
            texts.add(message.text());
        }));
        pair.say("uno");
        pair.say("dos");
        came("uno", "dos");
        assertEquals(List.of(1, 2), attempts.subList(0, 2));
        Eventually.so("it is handled", () -> pair.sur.status().inbox() == 0);
        came("uno", "dos");
    }

    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("not even this can be said");
        }
    }

    @Test
    void anErrorAStackOverflowOrAnExceptionThatCanNotBeShownAreFailuresLikeAny() {
        pair.sur.start(IntegradorListener.messages(message -> {
            if (message.attempt() == 1) {
                switch (message.text()) {
                    case "error" -> throw new LinkageError("no such class");
                    case "deep" -> deeper(1);
                    case "unspeakable" -> throw new Unspeakable();
                    default -> throw new AssertionError(message.text());
                }
            }
            texts.add(message.text());
        }));
        pair.say("error");
        pair.say("deep");
        pair.say("unspeakable");
        came("error", "deep", "unspeakable");
    }

    private static int deeper(int depth) {
        return deeper(depth + 1) + deeper(depth + 2);
    }

    @Test
    void anInterruptThatTheListenerLeavesDoesNoHarm() {
        pair.sur.start(IntegradorListener.messages(message -> {
            Thread.currentThread().interrupt();
            if (message.attempt() == 1) {
                throw new InterruptedException("given up");
            }
            texts.add(message.text());
        }));
        pair.say("uno");
        pair.say("dos");
        pair.say("tres");
        came("uno", "dos", "tres");
    }

    /** Shows promise 4. */
    @Test
    void severalThreadsShareTheRoomsAndKeepTheOrderOfEach() throws InterruptedException {
        List<String> rooms = IntStream.range(10, 18).mapToObj(String::valueOf).toList();
        rooms.forEach(pair::room);
        Map<String, List<String>> byRoom = new ConcurrentHashMap<>();
        Set<String> threads = ConcurrentHashMap.newKeySet();
        Map<String, AtomicBoolean> busy = new ConcurrentHashMap<>();
        List<String> wrong = new CopyOnWriteArrayList<>();
        CountDownLatch together = new CountDownLatch(3);
        pair.sur.start(IntegradorListener.messages(message -> {
            String room = message.room().id();
            if (busy.computeIfAbsent(room, none -> new AtomicBoolean()).getAndSet(true)) {
                wrong.add("two threads are in room " + room);
            }
            if (threads.add(Thread.currentThread().getName())) {
                // Only if others come too does it go on soon.
                together.countDown();
                together.await(30, TimeUnit.SECONDS);
            }
            byRoom.computeIfAbsent(room, none -> new CopyOnWriteArrayList<>()).add(message.text());
            busy.get(room).set(false);
        }), 3);
        for (int n = 0; n < 25; n++) {
            for (String room : rooms) {
                pair.norte.publishMessage(room, "1", String.valueOf(n));
            }
        }
        Eventually.so("all have come", () -> byRoom.values().stream().mapToInt(List::size).sum() == 25 * rooms.size());
        rooms.forEach(room -> assertEquals(numbers(25), byRoom.get(room), room));
        assertEquals(List.of(), wrong);
        assertEquals(0, together.getCount(), "three threads worked at once");
    }

    /** Shows promise 3. */
    @Test
    void stoppingWaitsForTheListenerAndWhatItHandledDoesNotComeAgain() throws InterruptedException {
        CountDownLatch in = new CountDownLatch(1);
        CountDownLatch out = new CountDownLatch(1);
        pair.sur.start(IntegradorListener.messages(message -> {
            in.countDown();
            out.await();
            texts.add(message.text());
        }));
        pair.say("uno");
        pair.say("dos");
        assertTrue(in.await(60, TimeUnit.SECONDS));
        Thread stopping = new Thread(() -> pair.sur.stop());
        stopping.start();
        Eventually.so("it waits", () -> stopping.getState() == Thread.State.TIMED_WAITING);
        assertEquals(List.of(), texts);
        out.countDown();
        stopping.join(60_000);
        assertFalse(stopping.isAlive());
        List<String> handled = List.copyOf(texts);
        assertEquals("uno", handled.get(0));
        pair.sur.start(IntegradorListener.messages(message -> texts.add(message.text())));
        came("uno", "dos");
    }

    @Test
    void aListenerMayStopItsCallsOrBeginOthers() {
        pair.sur.start(IntegradorListener.messages(message -> {
            texts.add("first " + message.text());
            pair.sur.start(IntegradorListener.messages(next -> {
                texts.add("second " + next.text());
                pair.sur.stop();
            }));
        }));
        pair.say("uno");
        came("first uno");
        pair.say("dos");
        came("first uno", "second dos");
        pair.say("tres");
        pair.arrived();
        pair.sur.start(IntegradorListener.messages(message -> texts.add("third " + message.text())));
        came("first uno", "second dos", "third tres");
    }

    @Test
    void aListenerMayCallWhateverItsNodeOffers() {
        pair.sur.start(IntegradorListener.messages(message -> {
            assertEquals(List.of("1"), message.recipients());
            pair.sur.publishMessage(NewMessage.of(message.room(), Ref.own("1"), "¡" + message.text() + "!").withReplyTo(message.eventId()));
        }));
        pair.norte.start(IntegradorListener.messages(message -> {
            assertEquals("7", message.localRoom().orElseThrow());
            texts.add(message.text());
        }));
        pair.say("hola");
        came("¡hola!");
    }

    @Test
    void ofTwoThreadsThatStartAListenerOneHasIt() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            Thread[] starting = new Thread[4];
            for (int n = 0; n < starting.length; n++) {
                starting[n] = new Thread(() -> pair.sur.start(IntegradorListener.messages(message -> texts.add(message.text()))));
            }
            for (Thread thread : starting) {
                thread.start();
            }
            for (Thread thread : starting) {
                thread.join();
            }
            pair.sur.stop();
            String name = "integrador-events-Sur-";
            assertEquals(0, Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith(name)).count());
        }
    }
}
