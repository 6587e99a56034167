package dev.integrador;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** Two platforms, {@code Norte} and {@code Sur}, a user 1 on each, and a private room 7 of Norte's with both. */
final class Pair implements AutoCloseable {
    final Net net;
    final Node norte;
    final Node sur;

    Pair(Path folder) {
        this(folder, UnaryOperator.identity());
    }

    Pair(Path folder, UnaryOperator<Node.Builder> configureSur) {
        net = new Net(folder, "Norte", "Sur");
        norte = net.open("Norte");
        sur = net.open("Sur", configureSur);
        norte.publishUser("1", "Ana");
        sur.publishUser("1", "Bruno");
        room("7");
        Eventually.so("the user at Norte", () -> !norte.users("Sur").isEmpty());
    }

    /** A private room of Norte's with both. */
    void room(String id) {
        norte.publishRoom(id, "Plaza", RoomKind.PRIVATE, Map.of("Norte", List.of("1"), "Sur", List.of("1")));
        Eventually.so("the room at Sur", () -> sur.room(new ExternalId("Norte", id)).isPresent());
    }

    /** Norte's Ana writes; the event id. */
    UUID say(String text) {
        return norte.publishMessage("7", "1", text).eventId();
    }

    /** Waits until all that Norte has published is at Sur. */
    void arrived() {
        Eventually.so("the arrival", () -> norte.status().platforms().get(0).waiting() == 0);
    }

    /** The next events of this type, at least that many; all that comes meanwhile is done. */
    static <E extends Event> List<E> taken(Node node, Class<E> type, int count) throws InterruptedException {
        List<E> got = new ArrayList<>();
        long end = System.nanoTime() + Eventually.PATIENCE.toNanos();
        try (Consumer events = node.consumer()) {
            while (true) {
                Optional<Event> next = events.next(Duration.ofNanos(got.size() < count ? end - System.nanoTime() : 0));
                if (next.isEmpty()) {
                    break;
                }
                if (type.isInstance(next.get())) {
                    got.add(type.cast(next.get()));
                }
                events.done();
            }
        }
        if (got.size() < count) {
            throw new AssertionError(got.size() + " of " + count + " came: " + got);
        }
        return got;
    }

    @Override
    public void close() {
        net.close();
    }
}
