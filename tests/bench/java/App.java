import dev.integrador.IntegradorListener;
import dev.integrador.Node;
import dev.integrador.PlatformStatus;
import dev.integrador.RoomKind;
import dev.integrador.Status;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An application that embeds a node, driven by its standard input: one order a line, one answer a line.
 *
 * <p>{@code App NAME STORE REGISTRY [ADDRESS]}
 *
 * <p>{@code announce} makes a user and a private room with one member on each platform; {@code publish CALLERS COUNT [virtual]} answers
 * when the first call began and when the last had returned; {@code start} begins to handle events; {@code until N} answers when the
 * listener had seen the Nth message. Times are nanoseconds of the system's clock.
 */
public final class App {
    private static final int BODY = 300;
    private static final int FRAME =
            "{\"roomOriginalPlatform\":\"Alpha\",\"roomId\":\"1\",\"senderId\":\"1\",\"text\":\"\",\"platform\":\"Alpha\"}".length();
    private static final String TEXT = "x".repeat(BODY - FRAME);

    private App() {}

    /** Counts messages, and remembers when a certain one came. */
    private static final class Seen {
        private int count;
        private int wanted;
        private long at;

        synchronized void another() {
            if (++count == wanted) {
                at = now();
                notifyAll();
            }
        }

        synchronized long until(int messages) throws InterruptedException {
            wanted = messages;
            if (count >= messages) {
                return now();
            }
            while (count < messages) {
                wait();
            }
            return at;
        }
    }

    private static long now() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }

    private static void answer(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static String publish(Node node, int callers, int count, boolean virtual) throws Exception {
        AtomicInteger left = new AtomicInteger(count);
        Runnable calls = () -> {
            while (left.getAndDecrement() > 0) {
                node.publishMessage("1", "1", TEXT);
            }
        };
        long began = now();
        if (callers == 1 && !virtual) {
            calls.run();
        } else {
            List<Thread> threads = new ArrayList<>();
            for (int n = 0; n < callers; n++) {
                threads.add(start(calls, virtual));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        return began + " " + now();
    }

    /** This is compiled for Java 17, which has no virtual ones. */
    private static Thread start(Runnable work, boolean virtual) throws ReflectiveOperationException {
        if (virtual) {
            return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, work);
        }
        Thread thread = new Thread(work);
        thread.start();
        return thread;
    }

    public static void main(String[] arguments) throws Exception {
        Seen seen = new Seen();
        Node.Builder builder = Node.builder(arguments[0]).store(Path.of(arguments[1])).platforms(Path.of(arguments[2]));
        if (arguments.length > 3) {
            builder.listen(arguments[3]);
        }
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
        try (Node node = builder.open()) {
            answer("ready");
            for (String line = orders.readLine(); line != null && !line.equals("close"); line = orders.readLine()) {
                String[] words = line.split(" ");
                switch (words[0]) {
                    case "announce" -> {
                        node.publishUser("1", "Ana");
                        Map<String, List<String>> members = Map.of(arguments[0], List.of("1"), words[1], List.of("1"));
                        node.publishRoom("1", "bench", RoomKind.PRIVATE, members);
                        answer("announced");
                    }
                    case "publish" -> answer(publish(
                            node, Integer.parseInt(words[1]), Integer.parseInt(words[2]), words.length > 3));
                    case "start" -> {
                        node.start(IntegradorListener.messages(message -> seen.another()));
                        answer("started " + now());
                    }
                    case "until" -> answer(String.valueOf(seen.until(Integer.parseInt(words[1]))));
                    case "waiting" -> {
                        Status status = node.status();
                        answer(status.platforms().stream().mapToLong(PlatformStatus::waiting).sum() + " " + status.inbox());
                    }
                    default -> throw new IllegalArgumentException("no such order: " + line);
                }
            }
        }
        answer("closed");
    }
}
