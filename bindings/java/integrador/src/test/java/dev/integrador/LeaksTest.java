package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What was closed leaves nothing: a server may load and unload an application as often as it likes. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeaksTest {
    @TempDir
    Path folder;

    /** Threads of the jar, and of the native library. */
    private static List<String> threads() {
        Stream<String> ours = Thread.getAllStackTraces().keySet().stream().map(Thread::getName);
        Path tasks = Path.of("/proc/self/task");
        if (!Files.isDirectory(tasks)) {
            return ours.filter(LeaksTest::isOurs).toList();
        }
        try (Stream<Path> all = Files.list(tasks)) {
            return Stream.concat(ours, all.map(LeaksTest::name)).filter(LeaksTest::isOurs).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isOurs(String thread) {
        return thread.startsWith("integrador") || thread.startsWith("tokio");
    }

    private static String name(Path task) {
        try {
            return Files.readString(task.resolve("comm"));
        } catch (IOException e) {
            // It has ended.
            return "";
        }
    }

    private static long count(String folder) throws IOException {
        try (Stream<Path> all = Files.list(Path.of(folder))) {
            return all.count();
        }
    }

    /** The copies of the library that this process has in memory. */
    private static long libraries() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains("integrador_jni")).map(line -> line.split("\\s+")[4]).distinct().count();
        }
    }

    /**
     * An application comes, works in a thread of its own, and goes. The system keeps a library in memory for as long as any thread
     * lives that it has called: servers renew theirs after an application has gone.
     */
    private WeakReference<ClassLoader> comesAndGoes() throws Exception {
        try (Loader application = new Loader()) {
            CompletableFuture<Void> worked = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    application.run("dev.integrador.OpensMain", folder.resolve("norte.db"));
                    worked.complete(null);
                } catch (Throwable e) {
                    worked.completeExceptionally(e);
                }
            });
            thread.start();
            worked.join();
            thread.join();
            return new WeakReference<>(application.loader());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aHundredApplicationsThatCameAndWentLeaveNothing() throws Exception {
        Path copies = Files.createDirectory(folder.resolve("copies"));
        String before = System.setProperty("integrador.tmpdir", copies.toString());
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        try {
            for (int n = 0; n < 100; n++) {
                loaders.add(comesAndGoes());
                if (n % 10 == 9) {
                    System.gc();
                }
            }
            assertEquals(0, count(copies.toString()), "files are left");
            Eventually.so("no thread is left", () -> threads().isEmpty());
            Eventually.so("no class loader is left", () -> {
                System.gc();
                return loaders.stream().allMatch(loader -> loader.get() == null);
            });
            // The system frees one whose last thread has ended when it is told to free another.
            for (int more = 0; libraries() > 3; more++) {
                assertTrue(more < 20, "copies of the library are left in memory: " + libraries());
                comesAndGoes();
                System.gc();
            }
        } finally {
            if (before == null) {
                System.clearProperty("integrador.tmpdir");
            } else {
                System.setProperty("integrador.tmpdir", before);
            }
        }
    }

    @Test
    void theThreadThatLogsForSeveralApplicationsKeepsNoneOfThem() throws IOException {
        Thread here = Thread.currentThread();
        ClassLoader before = here.getContextClassLoader();
        try (URLClassLoader first = new URLClassLoader(new URL[0], before)) {
            here.setContextClassLoader(first);
            try (Node node = Node.builder("Norte").store(folder.resolve("norte.db")).open()) {
                Thread logs = Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().equals("integrador-logs") && thread.getClass().getClassLoader() == Node.class.getClassLoader())
                        .findFirst().orElseThrow();
                assertEquals(Node.class.getClassLoader(), logs.getContextClassLoader());
                assertFalse(node.isClosed());
            }
        } finally {
            here.setContextClassLoader(before);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aNodeThatWasOpenedAndClosedTwoHundredTimesLeavesNothing() throws IOException {
        OpensMain application = new OpensMain();
        application.accept(folder.resolve("norte.db"));
        Eventually.so("no thread is left", () -> threads().isEmpty());
        long files = count("/proc/self/fd");
        long tasks = count("/proc/self/task");
        for (int n = 0; n < 200; n++) {
            application.accept(folder.resolve("norte.db"));
        }
        Eventually.so("no thread is left", () -> threads().isEmpty());
        assertTrue(count("/proc/self/fd") <= files + 5, "open files are left");
        assertTrue(count("/proc/self/task") <= tasks + 10, "threads are left");
    }
}
