package dev.integrador.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import board.Board;
import dev.integrador.DeliveryChange;
import dev.integrador.Event;
import dev.integrador.ExternalId;
import dev.integrador.IntegradorListener;
import dev.integrador.Message;
import dev.integrador.Node;
import dev.integrador.RoomChange;
import dev.integrador.UserChange;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class StarterTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    private Peer peer;
    private ConfigurableApplicationContext sur;

    @BeforeEach
    void start() throws Exception {
        peer = new Peer(folder);
    }

    @AfterEach
    void stop() {
        if (sur != null) {
            sur.close();
        }
        peer.close();
    }

    /** Three properties are enough. */
    private void run(Class<?> application, String... more) throws Exception {
        Map<String, String> properties = new LinkedHashMap<>(Map.of(
                "integrador.platform", "Sur",
                "integrador.store", folder.resolve("sur.db").toString(),
                "integrador.platforms", peer.known().toString()));
        for (String one : more) {
            properties.put(one.split("=", 2)[0], one.split("=", 2)[1]);
        }
        List<String> arguments = properties.entrySet().stream().map(one -> "--" + one.getKey() + "=" + one.getValue()).toList();
        sur = SpringApplication.run(application, arguments.toArray(String[]::new));
    }

    /** What is said, in the end, about an application that does not start. */
    private String failure(Class<?> application, String... arguments) {
        Throwable failure = assertThrows(Exception.class, () -> run(application, arguments));
        while (failure.getCause() != null) {
            failure = failure.getCause();
        }
        return failure.getMessage();
    }

    private String at(String path) {
        return "http://127.0.0.1:" + sur.getEnvironment().getProperty("local.server.port") + path;
    }

    private HttpResponse<String> get(String path) throws Exception {
        return HTTP.send(HttpRequest.newBuilder(URI.create(at(path))).build(), BodyHandlers.ofString());
    }

    private String body(String path) {
        try {
            return get(path).body();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    // ---- the application of the guide

    @Test
    void anApplicationOfOneClassSendsAndReceives() throws Exception {
        run(Board.class);
        peer.meet(at("/api/"));
        peer.node.publishMessage("1", "1", "¡Hola, Sur!");
        Peer.eventually("the note is shown", () -> body("/").contains("Bruno: ¡Hola, Sur!"));
        HttpResponse<String> written = HTTP.send(HttpRequest.newBuilder(URI.create(at("/")))
                .header("Content-Type", "application/x-www-form-urlencoded").POST(BodyPublishers.ofString("text=Buenas")).build(),
                BodyHandlers.ofString());
        assertEquals("{\"on its way to\":[\"Norte\"]}", written.body());
        Message answer = peer.next();
        assertEquals("Buenas", answer.text());
        assertEquals("Ana", answer.senderName());
    }

    @Test
    void aPlatformThatIsDownDegradesAndDoesNotFail() throws Exception {
        run(Board.class);
        peer.meet(at("/api/"));
        Peer.eventually("all is up", () -> body("/actuator/health/integrador").contains("\"status\":\"UP\""));
        peer.close();
        sur.getBean(Node.class).publishMessage(ExternalId.parse("Norte:1"), "1", "¿Están?");
        Peer.eventually("it is degraded", () -> body("/actuator/health/integrador").contains("\"status\":\"DEGRADED\""));
        HttpResponse<String> component = get("/actuator/health/integrador");
        assertEquals(200, component.statusCode());
        assertTrue(component.body().matches(".*\"state\":\"down\",\"waiting\":[1-9].*"), component.body());
        assertEquals(200, get("/actuator/health").statusCode());
        sur.getBean(Node.class).close();
        assertTrue(body("/actuator/health/integrador").contains("\"status\":\"DOWN\""));
        assertEquals(503, get("/actuator/health").statusCode());
    }

    @Test
    void itsFiguresAreMetersAndThoseOfALaterPlatformToo() throws Exception {
        run(Board.class, "integrador.platforms=");
        MeterRegistry meters = sur.getBean(MeterRegistry.class);
        assertEquals(0, meters.get("integrador.inbox").gauge().value());
        String scraped = body("/actuator/prometheus");
        assertTrue(scraped.contains("\nintegrador_sent_total 0.0"), scraped);
        assertTrue(scraped.contains("\nintegrador_last_arrival_timestamp_seconds 0.0"), scraped);
        assertFalse(scraped.contains("integrador_up{"), scraped);
        sur.close();

        Path none = Files.writeString(folder.resolve("empty.json"), "[]");
        run(Board.class, "integrador.platforms=" + none);
        assertFalse(body("/actuator/prometheus").contains("integrador_up{"));
        Files.copy(peer.known(), none, StandardCopyOption.REPLACE_EXISTING);
        peer.meet(at("/api/"));
        Peer.eventually("the platform has figures", () -> body("/actuator/prometheus").contains("\nintegrador_up{platform=\"Norte\"} 1.0"));
        peer.node.publishMessage("1", "1", "hola");
        Peer.eventually("what came is counted", () -> body("/actuator/prometheus").matches("(?s).*\nintegrador_received_total [3-9]\\.0.*"));
        Files.writeString(none, "[]");
        Peer.eventually("a platform that is gone has none", () -> !body("/actuator/prometheus").contains("integrador_up{"));
    }

    @Test
    void itClosesWithTheApplication() throws Exception {
        run(Board.class);
        Node node = sur.getBean(Node.class);
        assertTrue(threads("integrador-events-Sur"));
        sur.close();
        assertTrue(node.isClosed());
        assertFalse(threads("integrador-events-Sur") || threads("integrador-completions-Sur"));
    }

    private static boolean threads(String name) {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> thread.getName().startsWith(name));
    }

    // ---- listeners

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Listening {
        final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        final List<String> ends = new ArrayList<>();

        @IntegradorEventListener
        void room(RoomChange change) {
            heard.add("room " + change.room().name());
        }

        @IntegradorEventListener
        void user(UserChange change) {
            heard.add("user " + change.user().name() + ", attempt " + change.attempt());
            if (change.attempt() == 1) {
                throw new IllegalStateException("the database is busy");
            }
        }

        @IntegradorEventListener
        private void all(Event event) {
            if (event instanceof Message message) {
                heard.add("any " + message.text());
            }
        }

        @Bean
        IntegradorListener bean() {
            return IntegradorListener.messages(message -> heard.add("bean " + message.text()));
        }

        @Bean
        IntegradorCustomizer customizer() {
            return builder -> builder.option("ping_interval", 1);
        }

        /** Stops right after what was started last. */
        @Bean
        SmartLifecycle witness(ConfigurableApplicationContext context) {
            return new SmartLifecycle() {
                private boolean running;

                @Override
                public void start() {
                    running = true;
                }

                @Override
                public void stop() {
                    running = false;
                    ends.add("events " + context.getBean(IntegradorEvents.class).isRunning());
                    URI ping = URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/api/ping");
                    try {
                        ends.add("server " + HTTP.send(HttpRequest.newBuilder(ping).build(), BodyHandlers.ofString()).statusCode());
                    } catch (Exception e) {
                        ends.add(e.toString());
                    }
                }

                @Override
                public boolean isRunning() {
                    return running;
                }

                @Override
                public int getPhase() {
                    return DEFAULT_PHASE - 1;
                }
            };
        }
    }

    private static void expect(BlockingQueue<Object> heard, String... expected) throws InterruptedException {
        List<Object> all = new ArrayList<>();
        for (int left = expected.length; left > 0; left--) {
            all.add(Peer.next(heard));
        }
        assertEquals(List.of(expected).stream().sorted().toList(), all.stream().map(String::valueOf).sorted().toList());
    }

    @Test
    void eachEventGoesToTheBeansAndMethodsThatTakeItAndAgainWhenOneFails() throws Exception {
        run(Listening.class);
        BlockingQueue<Object> heard = sur.getBean(Listening.class).heard;
        peer.meet(at("/api/"));
        expect(heard, "user Bruno, attempt 1", "user Bruno, attempt 2", "room Tablón");
        peer.node.publishMessage("1", "1", "hola");
        expect(heard, "bean hola", "any hola");
    }

    /** As with {@code @Transactional}: what is around the method is there for events too. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Proxied {
        static class Notes {
            private final BlockingQueue<Object> heard;

            Notes(BlockingQueue<Object> heard) {
                this.heard = heard;
            }

            @IntegradorEventListener
            public void note(Message message) {
                heard.add("note " + message.text());
            }
        }

        @Bean
        BlockingQueue<Object> heard() {
            return new LinkedBlockingQueue<>();
        }

        @Bean
        Notes notes(@Qualifier("heard") BlockingQueue<Object> heard) {
            return new Notes(heard);
        }

        @Bean
        static DefaultAdvisorAutoProxyCreator proxies() {
            DefaultAdvisorAutoProxyCreator proxies = new DefaultAdvisorAutoProxyCreator();
            proxies.setProxyTargetClass(true);
            return proxies;
        }

        @Bean
        static DefaultPointcutAdvisor around(@Qualifier("heard") ObjectProvider<BlockingQueue<Object>> heard) {
            NameMatchMethodPointcut note = new NameMatchMethodPointcut();
            note.setMappedName("note");
            return new DefaultPointcutAdvisor(note, (MethodInterceptor) call -> {
                heard.getObject().add("begin");
                return call.proceed();
            });
        }
    }

    @Test
    void aMethodOfABeanWithAProxyIsCalledThroughIt() throws Exception {
        run(Proxied.class);
        peer.meet(at("/api/"));
        peer.node.publishMessage("1", "1", "hola");
        @SuppressWarnings("unchecked")
        BlockingQueue<Object> heard = (BlockingQueue<Object>) sur.getBean("heard");
        assertEquals("begin", Peer.next(heard));
        assertEquals("note hola", Peer.next(heard));
    }

    @Test
    void eventsEndBeforeTheWebServerDoes() throws Exception {
        run(Listening.class);
        List<String> ends = sur.getBean(Listening.class).ends;
        sur.close();
        assertEquals(List.of("events false", "server 200"), ends);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Wrong {
        @IntegradorEventListener
        void wrong(String text) {}
    }

    @Test
    void aMethodThatTakesNoEventIsToldAtTheStart() {
        assertEquals("@IntegradorEventListener at void " + Wrong.class.getName() + ".wrong(java.lang.String): expected one parameter, a "
                + "Message, Edit, Delete, Reaction, UserChange, RoomChange, PlatformChange, DeliveryChange or Event", failure(Wrong.class));
    }

    // ---- properties

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Quiet {
        @IntegradorEventListener
        void delivered(DeliveryChange change) {}
    }

    @Test
    void itIsMountedWhereThePropertySaysWithItsOtherOptions() throws Exception {
        run(Quiet.class, "integrador.path=/puente", "integrador.options.max_pending=5000", "integrador.options.max-inbox=5000",
                "integrador.options.retention=30d", "integrador.options.limits.body=4194304");
        assertEquals(200, get("/puente/ping").statusCode());
        assertEquals(404, get("/api/ping").statusCode());
        String user = "{\"id\": 4, \"name\": \"Juan\", \"token\": \"compartido-entre-dos\"" + " ".repeat(3 << 20) + "}";
        assertEquals(200, HTTP.send(HttpRequest.newBuilder(URI.create(at("/puente/user"))).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(user)).build(), BodyHandlers.ofString()).statusCode());
    }

    @Test
    void aNodeWithAPortOfItsOwnIsNotMounted() throws Exception {
        run(Quiet.class, "integrador.listen=127.0.0.1:0");
        assertEquals(404, get("/api/ping").statusCode());
        peer.meet("http://127.0.0.1:" + sur.getBean(Node.class).localAddress().orElseThrow().getPort() + "/");
    }

    @Test
    void itIsThereWithoutAWebServer() throws Exception {
        run(Quiet.class, "spring.main.web-application-type=none", "integrador.listen=127.0.0.1:0");
        peer.meet("http://127.0.0.1:" + sur.getBean(Node.class).localAddress().orElseThrow().getPort() + "/");
    }

    @Test
    void whatIsMissingOrUnknownIsToldByItsName() {
        for (String[] wrong : new String[][] {
            {"integrador.platform=", "integrador.platform"},
            {"integrador.store=", "integrador.store"},
            {"integrador.options.max_pendng=1", "max_pendng"}}) {
            String failure = failure(Quiet.class, wrong[0]);
            assertTrue(failure.contains(wrong[1]), failure);
        }
    }

    @Test
    void itCanBeSwitchedOff() throws Exception {
        run(Quiet.class, "integrador.enabled=false");
        assertEquals(0, sur.getBeanNamesForType(Node.class).length);
        assertEquals(404, get("/api/ping").statusCode());
    }
}
