package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The scenarios of {@code tests/scenarios}, each as a test of its name. All that is particular to Java is in {@link ScenarioCalls}. */
@Execution(ExecutionMode.CONCURRENT)
class ScenariosTest {
    private static final String FOLDER = "tests/scenarios/";
    private static final JsonObject INDEX = Repository.json(FOLDER + "index.json").getAsJsonObject();
    private static final Set<String> PARTS = Set.of("name", "platforms", "newcomers", "plain", "needs", "shows", "steps");
    private static final Set<String> FIELDS = Set.of("do", "expect", "on", "with", "is", "fails", "as", "steps");

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicContainer> scenarios() {
        return INDEX.getAsJsonObject("features").entrySet().stream()
                .map(feature -> DynamicContainer.dynamicContainer(feature.getValue().getAsString(), of(feature.getKey())));
    }

    private Stream<DynamicTest> of(String feature) {
        return list(Repository.json(FOLDER + feature + ".json")).map(JsonElement::getAsJsonObject).map(scenario -> {
            String name = scenario.get("name").getAsString();
            return DynamicTest.dynamicTest(name, () -> play(scenario, folder.resolve(name)));
        });
    }

    private static Stream<JsonElement> list(JsonElement array) {
        return StreamSupport.stream(array.getAsJsonArray().spliterator(), false);
    }

    private static void play(JsonObject scenario, Path folder) {
        JsonObject lacks = list(INDEX.get("languages"))
                .map(JsonElement::getAsJsonObject)
                .filter(language -> language.get("name").getAsString().equals("Java"))
                .findFirst()
                .orElseThrow()
                .getAsJsonObject("lacks");
        if (scenario.has("needs")) {
            list(scenario.get("needs")).map(JsonElement::getAsString).filter(lacks::has).findFirst().ifPresent(need ->
                    abort("Java lacks " + need + ": " + lacks.get(need).getAsString()));
        }
        assertTrue(PARTS.containsAll(scenario.keySet()), () -> "unknown here: " + scenario.keySet());
        List<String> platforms = names(scenario, "platforms");
        List<String> newcomers = names(scenario, "newcomers");
        List<Plain> plain = names(scenario, "plain").stream().map(Plain::new).toList();
        try (Net net = new Net(folder, platforms, newcomers)) {
            List<String> nodes = Stream.of(platforms, newcomers).flatMap(List::stream).toList();
            new World(net, nodes, plain).play(scenario.getAsJsonArray("steps"));
        } finally {
            plain.forEach(Plain::close);
        }
    }

    private static List<String> names(JsonObject scenario, String part) {
        return scenario.has(part) ? list(scenario.get(part)).map(JsonElement::getAsString).toList() : List.of();
    }

    /**
     * Of an object the fields that are named are compared, of everything else all. A null is what is not there. Ids are text in
     * Java: one that a scenario writes as a number is compared by its text.
     */
    static boolean matches(JsonElement found, JsonElement expected) {
        if (found == null || found.isJsonNull()) {
            return expected.isJsonNull();
        }
        if (found.isJsonObject() && expected.isJsonObject()) {
            JsonObject of = found.getAsJsonObject();
            return expected.getAsJsonObject().entrySet().stream().allMatch(field -> matches(of.get(field.getKey()), field.getValue()));
        }
        if (found.isJsonArray() && expected.isJsonArray()) {
            JsonArray these = found.getAsJsonArray();
            JsonArray those = expected.getAsJsonArray();
            boolean all = these.size() == those.size();
            for (int at = 0; all && at < these.size(); at++) {
                all = matches(these.get(at), those.get(at));
            }
            return all;
        }
        if (found instanceof JsonPrimitive text && text.isString() && expected instanceof JsonPrimitive number && number.isNumber()) {
            return text.getAsString().equals(number.getAsString());
        }
        return found.equals(expected);
    }

    /** An application of the scenario; its node is made anew by each {@code open}. */
    private static final class App {
        private final Net net;
        private final String name;
        private final List<JsonElement> called = new CopyOnWriteArrayList<>();
        private final List<JsonElement> handled = new CopyOnWriteArrayList<>();
        private Node node;

        App(Net net, String name) {
            this.net = net;
            this.name = name;
        }

        void open(JsonObject options) {
            node = net.open(name, builder -> ScenarioCalls.configured(builder, options));
        }

        void handleEvents(JsonObject with) {
            ScenarioCalls.only(with, "rules");
            ScenarioCalls calls = new ScenarioCalls(node);
            List<JsonObject> rules = new ArrayList<>();
            if (with.has("rules")) {
                list(with.get("rules")).forEach(rule -> rules.add(rule.deepCopy().getAsJsonObject()));
            }
            node.start(new IntegradorListener() {
                @Override
                public void onEvent(Event event) {
                    JsonObject shown = ScenarioCalls.event(event);
                    called.add(shown);
                    rules.forEach(rule -> follow(rule, shown, calls));
                    handled.add(ScenarioCalls.event(event));
                }
            });
        }

        private static void follow(JsonObject rule, JsonObject event, ScenarioCalls calls) {
            ScenarioCalls.only(rule, "when", "do", "with", "fail", "times");
            if (!matches(event, rule.get("when"))) {
                return;
            }
            if (rule.has("times")) {
                int times = rule.get("times").getAsInt();
                if (times == 0) {
                    return;
                }
                rule.addProperty("times", times - 1);
            }
            if (rule.has("do")) {
                calls.call(rule.get("do").getAsString(), object(rule.get("with")));
            }
            if (rule.has("fail")) {
                throw new IllegalStateException(rule.get("fail").getAsString());
            }
        }

    }

    private static JsonElement chosen(List<? extends JsonElement> all, JsonObject by) {
        JsonArray chosen = new JsonArray();
        all.stream().filter(one -> matches(one, by)).forEach(chosen::add);
        return chosen;
    }

    private static JsonObject object(JsonElement given) {
        return given == null ? new JsonObject() : given.getAsJsonObject();
    }

    /** Plays the steps of one scenario. */
    private static final class World {
        private final Map<String, App> apps = new HashMap<>();
        private final Map<String, Plain> plain = new HashMap<>();
        private final Map<String, JsonElement> names = new HashMap<>();

        World(Net net, List<String> nodes, List<Plain> withoutLibrary) {
            nodes.forEach(name -> apps.put(name, new App(net, name)));
            withoutLibrary.forEach(platform -> {
                JsonObject known = new JsonObject();
                known.addProperty("endpoint", platform.url());
                plain.put(platform.name(), platform);
                names.put(platform.name(), known);
            });
        }

        void play(JsonArray steps) {
            int number = 0;
            for (JsonElement step : steps) {
                String place = "step " + ++number + ": " + step;
                assertTrue(FIELDS.containsAll(step.getAsJsonObject().keySet()), place);
                play(putIn(step).getAsJsonObject(), place);
            }
        }

        private void play(JsonObject step, String place) {
            Supplier<JsonElement> operation = operation(step);
            if (step.has("fails")) {
                String failure = failure(operation);
                String expected = step.get("fails").getAsString();
                assertTrue(Objects.equals(failure, expected), () -> place + ": expected " + expected + ", got " + failure);
                return;
            }
            JsonElement returned = operation.get();
            long begin = System.nanoTime();
            while (step.has("is") && !matches(returned, step.get("is"))) {
                String soFar = place + ": expected " + step.get("is") + ", got " + returned;
                assertTrue(step.has("expect") && System.nanoTime() - begin < Eventually.PATIENCE.toNanos(), soFar);
                Eventually.pause();
                returned = operation.get();
            }
            if (step.has("as")) {
                names.put(step.get("as").getAsString(), returned);
            }
        }

        private static String failure(Supplier<JsonElement> operation) {
            try {
                operation.get();
                return null;
            } catch (IntegradorException e) {
                return e.kind().text();
            }
        }

        private Supplier<JsonElement> operation(JsonObject step) {
            String name = (step.has("do") ? step.get("do") : step.get("expect")).getAsString();
            String on = step.get("on").getAsString();
            App app = apps.get(on);
            JsonObject with = object(step.get("with"));
            return switch (name) {
                case "open" -> nothing(() -> app.open(with));
                case "close" -> nothing(() -> app.node.close());
                case "handle_events" -> nothing(() -> app.handleEvents(with));
                case "called" -> () -> chosen(app.called, with);
                case "handled" -> () -> chosen(app.handled, with);
                case "posted" -> () -> chosen(plain.get(on).posts(), with);
                case "in_order" -> () -> {
                    List<String> ids = list(with.get("events")).map(JsonElement::getAsString).toList();
                    return new JsonPrimitive(ids.equals(ids.stream().sorted().distinct().toList()));
                };
                default -> () -> new ScenarioCalls(app.node).call(name, with);
            };
        }

        private static Supplier<JsonElement> nothing(Runnable work) {
            return () -> {
                work.run();
                return JsonNull.INSTANCE;
            };
        }

        /** With {@code $name.field} or {@code $name.0.field} replaced by what that is. */
        private JsonElement putIn(JsonElement value) {
            if (value instanceof JsonArray array) {
                JsonArray all = new JsonArray();
                array.forEach(one -> all.add(putIn(one)));
                return all;
            }
            if (value instanceof JsonObject object) {
                JsonObject all = new JsonObject();
                object.entrySet().forEach(field -> all.add(field.getKey(), putIn(field.getValue())));
                return all;
            }
            if (!value.isJsonPrimitive() || !value.getAsString().startsWith("$")) {
                return value;
            }
            String[] parts = value.getAsString().substring(1).split("\\.");
            JsonElement found = names.get(parts[0]);
            for (int at = 1; at < parts.length; at++) {
                boolean item = parts[at].chars().allMatch(Character::isDigit);
                found = item ? found.getAsJsonArray().get(Integer.parseInt(parts[at])) : found.getAsJsonObject().get(parts[at]);
            }
            return found;
        }
    }
}
