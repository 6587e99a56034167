package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes: killed under load, leaving with an open node, chatting with Rust and with Python. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProcessesTest {
    @TempDir
    Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T opened(T one) {
        opened.add(one);
        return one;
    }

    private Path file(String platform, String what) {
        return folder.resolve(platform + "." + what);
    }

    private String options(Net net, String platform) {
        JsonObject options = new JsonObject();
        options.add("config", net.options(platform));
        options.addProperty("said", file(platform, "said").toString());
        options.addProperty("heard", file(platform, "heard").toString());
        return options.toString();
    }

    /** A platform in a JVM of its own. */
    private Child start(Net net, String platform) {
        Child chatter = opened(Child.java(folder, List.of(), ChatterMain.class, options(net, platform)));
        assertTrue(chatter.line().contains("address"), chatter::errors);
        return chatter;
    }

    private static String other(String platform) {
        return platform.equals("Norte") ? "Sur" : "Norte";
    }

    private static void talk(Child chatter) {
        chatter.ask("talk", "rooms", List.of(List.of("Norte:7", 1)), "pause_ms", 1);
    }

    /** Shows promises 1 and 4. */
    @Test
    void whoIsKilledLosesNothingThatWasAcknowledgedAndKeepsTheOrder() {
        Net net = new Net(folder, "Norte", "Sur");
        Map<String, Child> chatters = new HashMap<>();
        for (String name : List.of("Norte", "Sur")) {
            chatters.put(name, start(net, name));
            chatters.get(name).ask("user", "id", 1, "name", name);
        }
        chatters.get("Norte").ask("room", "id", 7, "name", "Plaza", "kind", "private",
                "members", List.of(List.of("Norte", List.of(1)), List.of("Sur", List.of(1))));
        Eventually.so("the room at Sur", () -> !chatters.get("Sur").ask("known", "room", "Norte:7").get("room").isJsonNull());
        chatters.values().forEach(ProcessesTest::talk);
        for (String killed : List.of("Sur", "Norte", "Sur", "Norte", "Norte", "Sur")) {
            // Under load: it speaks and it hears.
            long said = Ledger.lastSaid(file(killed, "said"), "Norte:7");
            int heard = heard(killed).size();
            Eventually.so("it speaks", () -> Ledger.lastSaid(file(killed, "said"), "Norte:7") >= said + 25);
            Eventually.so("it hears", () -> heard(killed).size() >= heard + 25);
            chatters.get(killed).kill();
            chatters.put(killed, start(net, killed));
            talk(chatters.get(killed));
        }
        chatters.values().forEach(chatter -> chatter.ask("hush"));
        for (String name : List.of("Norte", "Sur")) {
            long said = Ledger.lastSaid(file(other(name), "said"), "Norte:7");
            Eventually.so("all of it is heard", () -> heard(name).size() >= said);
        }
        for (String name : List.of("Norte", "Sur")) {
            assertEquals(0, chatters.get(name).end(), chatters.get(name)::errors);
            Ledger.check(file(name, "heard"));
            Ledger.checkAll(file(name, "heard"), "Norte:7", other(name) + ":1", Ledger.lastSaid(file(other(name), "said"), "Norte:7"));
        }
    }

    private List<String> heard(String by) {
        return Ledger.texts(file(by, "heard"), "Norte:7", other(by) + ":1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "listener", "waiting", "publishing", "reading", "opening", "exiting", "forgotten"})
    void aProcessEndsByItselfThoughItsNodeIsOpenAndBusyWith(String what) throws IOException {
        Child leaving = opened(Child.java(folder, List.of(), LeavingMain.class, what));
        if (!what.equals("exiting")) {
            assertEquals("leaving", leaving.line());
        }
        long begin = System.nanoTime();
        assertEquals(0, leaving.ended(60), leaving::errors);
        // A slow machine has its time to begin in "exiting".
        assertTrue(what.equals("exiting") || System.nanoTime() - begin < 5_000_000_000L, "it took longer than 5 s");
        assertEquals("", leaving.errors());
        try (Stream<Path> files = Files.list(folder)) {
            assertFalse(files.anyMatch(file -> file.getFileName().toString().startsWith("hs_err")), "the JVM crashed");
        }
        try (Node again = Node.builder("Norte").store(folder.resolve("norte.db")).open()) {
            assertEquals(List.of("Norte:7"), again.rooms().stream().map(room -> room.id().toString()).toList());
        }
    }

    @Test
    void aSecondClassLoaderCanNotOpenAStoreThatTheFirstHasOpen() throws Exception {
        // Two copies of SQLite in one process would void each other's locks.
        try (Node node = Node.builder("Norte").store(folder.resolve("norte.db")).open();
                Loader second = new Loader()) {
            Exception failure = second.fails("dev.integrador.OpensMain", folder.resolve("norte.db"));
            assertEquals("IntegradorException", failure.getClass().getSimpleName());
            assertTrue(failure.getMessage().contains("a second copy of the library"), failure.getMessage());
            assertFalse(node.isClosed());
        }
    }

    @Test
    void aLibraryThatCanNotBeLoadedIsAnErrorOfTheConfigurationEachTime() {
        for (String option : List.of("-Dintegrador.tmpdir=" + folder.resolve("missing"), "-Dintegrador.library=" + folder.resolve("missing"))) {
            Child child = opened(Child.java(folder, List.of(option), TroubleMain.class, "library"));
            for (int time = 0; time < 2; time++) {
                String line = child.line();
                assertTrue(line.startsWith("CONFIG ") && line.contains("integrador.tmpdir"), line);
            }
            assertEquals(0, child.ended(60), child::errors);
        }
    }

    @Test
    void whereMemoryHadRunOutFuturesAndTheListenerGoOn() {
        Child child = opened(Child.java(folder, List.of("-Xmx24m"), TroubleMain.class, "memory"));
        assertEquals("heard", child.line(), child::errors);
        assertEquals(0, child.ended(60), child::errors);
    }

    @Test
    void javaAndRustChat() {
        Optional<Path> rust = Repository.program("integrador.chatter", "CHATTER", "target/debug/chatter", "target/release/chatter");
        assumeTrue(rust.isPresent(), "no chatter was built: cargo build -p integrador-tests --bin chatter");
        Net net = opened(new Net(folder, "Norte", "Sur"));
        chat(net, opened(new Child(folder, List.of(rust.get().toString(), options(net, "Sur")))));
    }

    private static final String PYTHON = """
            import json, sys
            from integrador import ExternalId, Node
            options = json.loads(sys.argv[1])
            heard = open(options["heard"], "a", buffering=1)
            with Node(**options["config"]) as node:
                @node.on_message
                def note(message):
                    line = {"line": "got", "id": message.event_id, "pid": 0, "room": message.room, "sender": message.sender}
                    print(json.dumps({**line, "text": message.text, "late": message.late}), file=heard)
                node.start()
                print(json.dumps({"address": "there"}), flush=True)
                for line in sys.stdin:
                    order, answer = json.loads(line), {}
                    if order["do"] == "user":
                        node.publish_user(order["id"], order["name"])
                    elif order["do"] == "known":
                        room = node.room(ExternalId.parse(order["room"]))
                        answer["room"] = None if room is None else room.name
                    else:
                        node.publish_message(ExternalId.parse(order["room"]), order["sender"], order["text"])
                    print(json.dumps(answer), flush=True)
            """;

    @Test
    void javaAndPythonChat() {
        Optional<Path> python = Repository.program("integrador.python", "PYTHON", "target/python/venv/bin/python");
        assumeTrue(python.isPresent(), "PYTHON names no interpreter that has the wheel");
        Child has = opened(new Child(folder, List.of(python.get().toString(), "-c", "import integrador")));
        assumeTrue(has.end() == 0, "this Python has no wheel");
        Net net = opened(new Net(folder, "Norte", "Sur"));
        chat(net, opened(new Child(folder, List.of(python.get().toString(), "-c", PYTHON, options(net, "Sur")))));
    }

    /** Norte, which is here, and Sur, which is there, write and hear each other. */
    private void chat(Net net, Child sur) {
        List<Message> came = new ArrayList<>();
        Node norte = net.open("Norte");
        norte.start(IntegradorListener.messages(message -> {
            synchronized (came) {
                came.add(message);
            }
        }));
        assertTrue(sur.line().contains("address"), sur::errors);
        sur.ask("user", "id", "r", "name", "Ruth");
        norte.publishUser("1", "Ana");
        norte.publishRoom("7", "Plaza", RoomKind.PRIVATE, Map.of("Norte", List.of("1"), "Sur", List.of("r")));
        Eventually.so("the room at Sur", () -> !sur.ask("known", "room", "Norte:7").get("room").isJsonNull());
        Eventually.so("the user at Norte", () -> !norte.users("Sur").isEmpty());
        List<String> theirs = IntStream.range(0, 20).mapToObj(n -> "¿de allá? " + n).toList();
        List<String> ours = IntStream.range(0, 20).mapToObj(n -> "de Java \uD83D\uDE00 " + n).toList();
        for (int n = 0; n < 20; n++) {
            norte.publishMessage("7", "1", ours.get(n));
            sur.ask("say", "room", "Norte:7", "sender", "r", "text", theirs.get(n));
        }
        Eventually.so("theirs are heard", () -> {
            synchronized (came) {
                return came.size() >= theirs.size();
            }
        });
        Eventually.so("ours are heard", () -> Ledger.texts(file("Sur", "heard"), "Norte:7", "Norte:1").size() >= ours.size());
        assertEquals(0, sur.end(), sur::errors);
        assertEquals(ours, Ledger.texts(file("Sur", "heard"), "Norte:7", "Norte:1"));
        synchronized (came) {
            assertEquals(theirs, came.stream().map(Message::text).toList());
            assertEquals(List.of("Sur:r Ruth"), List.copyOf(new HashSet<>(came.stream().map(one -> one.sender() + " " + one.senderName()).toList())));
        }
    }

    @Test
    void theJvmHasNothingToSayAboutHowItIsUsed() throws IOException {
        Child checked = opened(Child.java(folder, List.of("-Xcheck:jni"), OperationsMain.class));
        assertEquals(0, checked.ended(120), checked::errors);
        List<String> printed = checked.rest();
        assertEquals("all done", printed.get(printed.size() - 1));
        for (String word : List.of("WARNING", "FATAL", "JNI")) {
            assertFalse(checked.errors().contains(word), checked::errors);
            assertFalse(printed.stream().anyMatch(line -> line.contains(word)), printed::toString);
        }
    }

    @Test
    void tenThousandVirtualThreadsShareCommitsAndHoldNoCarrier() {
        Path java = newerJava().orElse(null);
        assumeTrue(java != null, "NEWER_JAVA names no java of version 21 or newer");
        Child threads = opened(Child.jvm(folder, java, List.of(
                "-Djdk.virtualThreadScheduler.parallelism=2",
                "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"),
                Repository.ROOT.resolve("bindings/java/integrador/src/test/resources/VirtualThreads.java").toString())));
        JsonObject figures = JsonParser.parseString(threads.line()).getAsJsonObject();
        assertEquals(0, threads.ended(60), threads::errors);
        assertEquals(10_000, figures.get("messages").getAsInt());
        assertTrue(figures.get("commits").getAsInt() <= 10_000 / 50, figures::toString);
        assertEquals(0, figures.get("pinned").getAsInt(), () -> figures + "\n" + threads.errors());
        System.out.println("virtual threads: " + figures);
    }

    /** The Java of a JDK with virtual threads: that of the tests themselves is older. */
    private static Optional<Path> newerJava() {
        Optional<Path> given = Repository.program("integrador.newer.java", "NEWER_JAVA");
        if (given.isPresent()) {
            return given;
        }
        Path all = Path.of("/usr/lib/jvm");
        try (Stream<Path> homes = Files.isDirectory(all) ? Files.list(all) : Stream.empty()) {
            return homes.filter(home -> home.getFileName().toString().matches(".*\\D2[1-9]\\D.*")).map(home -> home.resolve("bin/java"))
                    .filter(Files::isExecutable).max(Path::compareTo);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
