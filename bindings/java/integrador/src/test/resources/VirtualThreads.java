import dev.integrador.Node;
import dev.integrador.RoomKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** Ten thousand virtual threads publish at once; prints how many commits that took, and how often a carrier was held. */
class VirtualThreads {
    private static final int MANY = 10_000;

    private static double commits(Node node) {
        return node.metrics().stream().filter(metric -> metric.name().equals("integrador_commits_total")).findFirst().orElseThrow().value();
    }

    /** As many threads publish a message each, at once; how many were published. */
    private static int publish(Node node, int many) throws InterruptedException {
        AtomicInteger published = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int n = 0; n < many; n++) {
                String text = String.valueOf(n);
                threads.submit(() -> {
                    go.await();
                    if (node.publishMessage("7", "1", text).eventId() != null) {
                        published.incrementAndGet();
                    }
                    return null;
                });
            }
            go.countDown();
        }
        return published.get();
    }

    public static void main(String[] arguments) throws Exception {
        try (Node node = Node.builder("Norte").store(Path.of("virtual.db")).open(); Recording recording = new Recording()) {
            node.publishRoom("7", "Plaza", RoomKind.PUBLIC);
            // Whoever loads a class is pinned meanwhile: that is done by the first ones, and not measured.
            publish(node, 500);
            recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ofMillis(1)).withStackTrace();
            recording.start();
            double before = commits(node);
            long begin = System.nanoTime();
            int published = publish(node, MANY);
            long took = (System.nanoTime() - begin) / 1_000_000;
            double commits = commits(node) - before;
            recording.stop();
            Path file = Files.createTempFile("virtual", ".jfr");
            recording.dump(file);
            var pinned = RecordingFile.readAllEvents(file);
            Files.delete(file);
            pinned.forEach(System.err::println);
            System.out.printf("{\"messages\": %d, \"commits\": %.0f, \"pinned\": %d, \"ms\": %d}%n", published, commits, pinned.size(), took);
        }
    }
}
