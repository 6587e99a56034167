package dev.integrador;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Leaves its process with an open node, which is busy in the way that is asked for. */
final class LeavingMain {
    private LeavingMain() {}

    public static void main(String[] arguments) throws Exception {
        Node node = Node.builder("Norte").store(Path.of("norte.db")).listen("127.0.0.1:0").open();
        node.publishRoom("7", "Plaza", RoomKind.PUBLIC);
        switch (arguments[0]) {
            case "nothing" -> {}
            case "listener" -> node.start(IntegradorListener.messages(message -> {}), 3);
            case "waiting" -> {
                node.async().nextEvents(10, Duration.ofDays(1)).thenAccept(events -> System.out.println("never"));
                daemon(() -> node.nextEvents(10, Duration.ofDays(1)));
            }
            case "publishing" -> {
                for (int n = 0; n < 4; n++) {
                    daemon(() -> node.publishMessage("7", "1", "hola"));
                }
            }
            case "reading" -> {
                for (int n = 0; n < 4; n++) {
                    daemon(() -> List.of(node.status(), node.users(), node.metrics(), node.handle(new Request("GET", "/ping", "", Map.of(), new byte[0]))));
                }
            }
            case "opening" -> daemon(() -> {
                try (Node other = Node.builder("Sur").store(Path.of("sur.db")).open()) {
                    other.publishUser("1", "Bruno");
                }
            });
            case "exiting" -> daemon(() -> System.exit(0));
            case "forgotten" -> System.gc();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        if (arguments[0].equals("exiting")) {
            // Whoever exits must not be waited for.
            new CountDownLatch(1).await();
        }
        node.publishMessage("7", "1", "the last one");
        System.out.println("leaving");
    }

    private static void daemon(Runnable work) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            while (true) {
                begun.countDown();
                work.run();
            }
        });
        thread.setDaemon(true);
        thread.start();
        begun.await();
    }
}
