package dev.integrador.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import webapp.Echo;

class RedeployTest {
    private static final int TIMES = 20;

    @TempDir
    Path folder;

    @AfterEach
    void restore() {
        System.clearProperty("integrador.tmpdir");
    }

    /** Shows promise 2. */
    @Test
    void anApplicationThatIsRedeployedLeavesNothingBehindAndMissesNothing() throws Exception {
        Path copies = Files.createDirectory(folder.resolve("copies"));
        System.setProperty("integrador.tmpdir", copies.toString());
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        Set<String> said = new LinkedHashSet<>();
        Set<String> answered = new LinkedHashSet<>();
        try (Container container = new Container(folder); Peer peer = new Peer(folder, "NORTE")) {
            Map<String, String> parameters = Map.of(
                    "integrador.platform", "ECO",
                    "integrador.store", folder.resolve("eco.db").toString(),
                    "integrador.platforms", Peer.registry(folder.resolve("eco.json"), Map.of("NORTE", peer.endpoint())).toString());
            Set<String> threadsBefore = threads();
            for (int time = 0; time < TIMES; time++) {
                Context context = container.deploy("/eco", parameters, Echo.class);
                assertTrue(context.getState().isAvailable(), "the application starts");
                loaders.add(new WeakReference<>(context.getLoader().getClassLoader()));
                if (time == 0) {
                    peer.meet("ECO", container.address() + "/eco/api/");
                } else {
                    // What was said before the last redeploy is answered by this one at the latest.
                    answered.add(peer.next().text());
                }
                said.add("eco: " + time);
                peer.say(String.valueOf(time));
                container.stop(context);
                delete(folder.resolve("webapps"));
                assertEquals(threadsBefore, threads());
            }
            Context last = container.deploy("/eco", parameters, Echo.class);
            answered.add(peer.next().text());
            container.stop(last);
            assertEquals(said, answered);
            assertNull(peer.heard.poll(), "each is answered once");
            last = null;
            Peer.eventually("every class loader is collected", () -> {
                System.gc();
                return loaders.stream().allMatch(loader -> loader.get() == null);
            });
        }
        try (Stream<Path> left = Files.list(copies)) {
            assertEquals(List.of(), left.toList(), "no copy of the library is left");
        }
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> name.startsWith("integrador-"))
                .collect(Collectors.toSet());
    }

    private static void delete(Path whole) throws IOException {
        try (Stream<Path> all = Files.walk(whole)) {
            all.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}
