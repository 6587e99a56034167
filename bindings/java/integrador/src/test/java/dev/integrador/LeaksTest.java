package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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
    private static Set<String> libraries() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains("integrador_jni")).map(line -> line.split("\\s+")[4]).collect(Collectors.toSet());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aHundredApplicationsThatCameAndWentLeaveNothing() throws Exception {
        Path copies = Files.createDirectory(folder.resolve("copies"));
        String before = System.setProperty("integrador.tmpdir", copies.toString());
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        int libraries = libraries().size();
        try {
            for (int n = 0; n < 100; n++) {
                try (Loader application = new Loader()) {
                    application.run("dev.integrador.OpensMain", folder.resolve("norte.db"));
                    loaders.add(new WeakReference<>(application.loader()));
                }
                if (n % 10 == 9) {
                    System.gc();
                }
            }
        } finally {
            if (before == null) {
                System.clearProperty("integrador.tmpdir");
            } else {
                System.setProperty("integrador.tmpdir", before);
            }
        }
        assertEquals(0, count(copies.toString()), "files are left");
        Eventually.so("no thread is left", () -> threads().isEmpty());
        Eventually.so("no class loader is left", () -> {
            System.gc();
            return loaders.stream().allMatch(loader -> loader.get() == null);
        });
        assertTrue(libraries().size() <= libraries + 1, () -> "copies of the library are left: " + loaders.size());
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
