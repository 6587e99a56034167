package dev.integrador;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A program that has no library, or no memory for a while; it prints what comes of it. */
final class TroubleMain {
    private TroubleMain() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("library")) {
            for (int time = 0; time < 2; time++) {
                try (Node node = Node.builder("Norte").store(Path.of("norte.db")).open()) {
                    System.out.println(node);
                } catch (IntegradorException e) {
                    System.out.println(e.kind() + " " + e.getMessage());
                }
            }
            return;
        }
        try (Pair pair = new Pair(Path.of(""))) {
            Set<String> heard = ConcurrentHashMap.newKeySet();
            pair.sur.start(IntegradorListener.messages(message -> heard.add(message.text())));
            starve(pair.norte);
            Eventually.so("a future completes", () -> isPublished(pair.norte, "after"));
            Eventually.so("it is heard", () -> heard.contains("after"));
        }
        System.out.println("heard");
    }

    /** What was waited for when memory ran out has failed, and may be done again. */
    private static boolean isPublished(Node node, String text) {
        try {
            node.async().publishMessage(NewMessage.of("7", "1", text).withKey(text)).get(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IntegradorException why && why.isRetryable()) {
                return false;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes all the memory there is, for some seconds, while the node is busy. */
    private static void starve(Node node) throws InterruptedException {
        Thread busy = new Thread(() -> {
            while (!Thread.interrupted()) {
                try {
                    node.async().publishMessage("7", "1", "meanwhile");
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    return;
                } catch (Throwable e) {
                    // There is no memory.
                }
            }
        });
        busy.start();
        List<byte[]> heap = new ArrayList<>();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < 3_000_000_000L) {
            try {
                heap.add(new byte[2_000]);
            } catch (OutOfMemoryError e) {
                // That is what is wanted.
            }
        }
        heap = null;
        busy.interrupt();
        busy.join();
    }
}
