package dev.integrador.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.integrador.Consumer;
import dev.integrador.DeliveryChange;
import dev.integrador.DeliveryState;
import dev.integrador.ErrorKind;
import dev.integrador.Event;
import dev.integrador.IntegradorException;
import dev.integrador.IntegradorListener;
import dev.integrador.Message;
import dev.integrador.Node;
import dev.integrador.RoomKind;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class MeshTest {
    /** A public room 7 of Norte's, in which its user 1 writes. */
    private static Mesh withRoom(Mesh net) {
        net.node("Norte").publishUser("1", "Ana");
        net.node("Norte").publishRoom("7", "Plaza", RoomKind.PUBLIC);
        net.settle();
        return net;
    }

    /** The texts that its listener gets from now on. */
    private static List<String> shown(Node node) {
        List<String> texts = Collections.synchronizedList(new ArrayList<>());
        node.start(IntegradorListener.messages(message -> texts.add(message.text())));
        return texts;
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> name.startsWith("integrador")).toList();
    }

    private static DeliveryState state(Node node, UUID event) {
        return node.delivery(event).get(0).state();
    }

    private static void fails(ErrorKind kind, Executable call) {
        assertEquals(kind, assertThrows(IntegradorException.class, call).kind());
    }

    @Test
    void whatAListenerWasToGetItHasGotWhenTheMeshHasSettled(@Platforms({"Norte", "Sur"}) Mesh net) {
        List<String> texts = shown(withRoom(net).node("Sur"));
        for (int n = 0; n < 20; n++) {
            net.node("Norte").publishMessage("7", "1", String.valueOf(n));
            net.settle();
            assertEquals(IntStream.rangeClosed(0, n).mapToObj(String::valueOf).toList(), texts);
        }
    }

    /** Shows promise 2. */
    @Test
    void whatIsForAPlatformThatIsDownArrivesWhenItIsBack(@Platforms({"Norte", "Sur"}) Mesh net) {
        List<String> texts = shown(withRoom(net).node("Sur"));
        Node norte = net.node("Norte");
        net.down("Sur");
        UUID sent = norte.publishMessage("7", "1", "uno").eventId();
        net.settle();
        net.advance(Duration.ofHours(1));
        assertEquals(DeliveryState.WAITING, state(norte, sent));
        assertEquals(false, norte.status().platforms().get(0).up());
        assertEquals(List.of(), texts);
        net.up("Sur");
        net.settle();
        assertEquals(DeliveryState.DELIVERED, state(norte, sent));
        assertEquals(List.of("uno"), texts);
    }

    /** Shows promise 3. */
    @Test
    void aListenerThatThrowsGetsTheEventAgainWhenTimeMoves(@Platforms({"Norte", "Sur"}) Mesh net) {
        withRoom(net);
        List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());
        net.node("Sur").start(IntegradorListener.messages(message -> {
            attempts.add(message.attempt());
            if (message.attempt() < 3) {
                throw new IllegalStateException("not today");
            }
        }));
        net.node("Norte").publishMessage("7", "1", "uno");
        net.settle();
        assertEquals(List.of(1), attempts);
        net.advance(Duration.ofMillis(1500));
        assertEquals(List.of(1, 2), attempts);
        net.advance(Duration.ofMinutes(1));
        assertEquals(List.of(1, 2, 3), attempts);
    }

    /** Shows promise 8. */
    @Test
    void aDeadLetterIsToldToTheApplication() {
        try (Mesh net = withRoom(Mesh.open(Map.of("retention", Duration.ofHours(2)), "Norte", "Sur"))) {
            List<UUID> told = Collections.synchronizedList(new ArrayList<>());
            net.node("Norte").start(new IntegradorListener() {
                @Override
                public void onDelivery(DeliveryChange change) {
                    if (change.state() == DeliveryState.DEAD) {
                        told.add(change.publication());
                    }
                }
            });
            net.down("Sur");
            UUID lost = net.node("Norte").publishMessage("7", "1", "tarde").eventId();
            net.advance(Duration.ofHours(3));
            assertEquals(List.of(lost), told);
        }
    }

    /** Shows promise 1. */
    @Test
    void aCrashLosesNothingThatWasAcknowledged(@Platforms({"Norte", "Sur"}) Mesh net) {
        Node before = withRoom(net).node("Sur");
        shown(before);
        net.down("Sur");
        net.node("Norte").publishMessage("7", "1", "uno");
        net.crash("Sur");
        fails(ErrorKind.CLOSED, before::status);
        fails(ErrorKind.CLOSED, () -> net.node("Sur"));
        net.up("Sur");
        List<String> texts = shown(net.reopen("Sur"));
        net.settle();
        assertEquals(List.of("uno"), texts);
    }

    @Test
    void aNodeThatIsOpenIsClosedBeforeItIsReopened(@Platforms({"Norte", "Sur"}) Mesh net) {
        Node before = withRoom(net).node("Sur");
        List<String> early = shown(before);
        net.node("Norte").publishMessage("7", "1", "uno");
        net.settle();
        Node after = net.reopen("Sur");
        assertEquals(after, net.node("Sur"));
        assertTrue(before.isClosed());
        List<String> texts = shown(after);
        net.node("Norte").publishMessage("7", "1", "dos");
        net.settle();
        assertEquals(List.of("uno"), early);
        assertEquals(List.of("dos"), texts);
    }

    @Test
    void aTestMayTakeEventsItself(@Platforms({"Norte", "Sur"}) Mesh net) {
        Node sur = withRoom(net).node("Sur");
        sur.ack(sur.nextEvents(100, Duration.ZERO).stream().map(Event::eventId).toList());
        net.node("Norte").publishMessage("7", "1", "uno");
        net.settle();
        List<Event> events = sur.nextEvents(100, Duration.ZERO);
        assertEquals(List.of("uno"), events.stream().filter(Message.class::isInstance).map(event -> ((Message) event).text()).toList());
        assertTrue(sur.ack(events.stream().map(Event::eventId).toList()).stream().allMatch(still -> still));
        net.settle();
        assertEquals(List.of(), sur.nextEvents(100, Duration.ofMillis(20)));
    }

    @Test
    void aTestMayTakeEventsOneByOne(@Platforms({"Norte", "Sur"}) Mesh net) throws InterruptedException {
        withRoom(net).node("Norte").publishMessage("7", "1", "uno");
        net.settle();
        List<String> texts = new ArrayList<>();
        try (Consumer events = net.node("Sur").consumer()) {
            for (Optional<Event> next = events.next(Duration.ZERO); next.isPresent(); next = events.next(Duration.ZERO)) {
                if (next.get() instanceof Message message) {
                    texts.add(message.text());
                }
                events.done();
            }
        }
        net.settle();
        assertEquals(List.of("uno"), texts);
    }

    @Test
    void whenTheMeshIsClosedItsNodesAreAndNoThreadIsLeft() {
        Node norte;
        Mesh closed;
        try (Mesh net = withRoom(Mesh.open("Norte", "Sur"))) {
            norte = net.node("Norte");
            shown(norte);
            closed = net;
        }
        assertTrue(norte.isClosed());
        assertEquals(List.of(), threads());
        fails(ErrorKind.CLOSED, closed::settle);
        closed.close();
    }

    @Test
    void aMeshMayBeClosedWhileItsNodesAreBusy() {
        long longest = 0;
        for (int round = 0; round < 100; round++) {
            Mesh net = withRoom(Mesh.open("Norte", "Sur"));
            for (String name : List.of("Norte", "Sur")) {
                net.node(name).start(IntegradorListener.messages(message -> {}), 3);
            }
            net.node("Norte").publishMessage("7", "1", "uno");
            long begin = System.nanoTime();
            net.close();
            longest = Math.max(longest, System.nanoTime() - begin);
        }
        assertTrue(longest < 9_000_000_000L, "a listener's thread did not end");
        assertEquals(List.of(), threads());
        long begin = System.nanoTime();
        while (!nativeThreads().isEmpty() && System.nanoTime() - begin < 60_000_000_000L) {
            Thread.onSpinWait();
        }
        assertEquals(List.of(), nativeThreads());
    }

    /** Those of the native library, where the system tells their names. */
    private static List<String> nativeThreads() {
        File[] tasks = new File("/proc/self/task").listFiles();
        return Arrays.stream(tasks == null ? new File[0] : tasks).map(MeshTest::name).filter(name -> name.startsWith("integrador")).toList();
    }

    private static String name(File task) {
        try {
            return Files.readString(task.toPath().resolve("comm")).strip();
        } catch (IOException e) {
            // It has ended.
            return "";
        }
    }

    @Test
    void mistakesSayWhatTheyAre(@Platforms({"Norte", "Sur"}) Mesh net) {
        fails(ErrorKind.UNKNOWN_PLATFORM, () -> net.down("Oeste"));
        fails(ErrorKind.UNKNOWN_PLATFORM, () -> net.node("Oeste"));
        fails(ErrorKind.CONFIG, () -> Mesh.open(Map.of("listen", "127.0.0.1:0"), "Norte", "Sur"));
        assertEquals("platforms", assertThrows(NullPointerException.class, () -> Mesh.open("Norte", (String) null)).getMessage());
        assertEquals("span", assertThrows(NullPointerException.class, () -> net.advance(null)).getMessage());
    }
}
