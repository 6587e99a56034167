import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import uniffi.integrador_bindgen_sample.*;

/** Plays the calls of `agree` with what uniffi-bindgen-java makes. See `agree` for what comes in and goes out. */
public class Play {
    private static final HexFormat HEX = HexFormat.of();

    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            var words = Arrays.stream(line.split(" ", -1)).map(word -> new String(HEX.parseHex(word), StandardCharsets.UTF_8)).toList();
            out.println(HEX.formatHex(play(words.get(0), words.subList(1, words.size())).getBytes(StandardCharsets.UTF_8)));
        }
        System.exit(0);
    }

    private static String play(String name, List<String> given) throws Exception {
        try {
            var ended = call(name, given);
            return String.valueOf(ended instanceof CompletableFuture<?> future ? future.get() : ended);
        } catch (ExecutionException | CompletionException e) {
            return failed(e.getCause() instanceof CompletionException inner ? inner.getCause() : e.getCause());
        } catch (Exception e) {
            return failed(e);
        }
    }

    private static String failed(Throwable error) throws Exception {
        var fields = switch (error) {
            case FetchException.NotFound e -> List.of(e.key());
            case FetchException.Error e -> List.of(e.code(), e.message());
            case FetchException.Refused e -> List.of(e.v1());
            case FetchException.Partly e -> List.of(e.v1(), e.v2());
            case FetchException.Closed e -> List.of();
            case Plain.Empty e -> List.of();
            case Plain.Data e -> List.of(HEX.formatHex(e.data()), String.valueOf(e.sourceOf()));
            case FlatException e -> List.of(e.getMessage());
            case InternalException e -> null;
            default -> throw new Exception(error);
        };
        if (fields == null) {
            return "panic " + error.getMessage();
        }
        return "error " + error.getClass().getSimpleName() + fields.stream().map(field -> " " + field).collect(Collectors.joining());
    }

    private static Object call(String name, List<String> given) throws Exception {
        var first = given.isEmpty() ? "" : given.get(0);
        return switch (name) {
            case "add" -> IntegradorBindgenSample.add(Long.parseLong(first), Long.parseLong(given.get(1)));
            case "not" -> IntegradorBindgenSample.not(Boolean.parseBoolean(first));
            case "halve" -> Arrays.stream(IntegradorBindgenSample.halve(Double.parseDouble(first), Float.parseFloat(given.get(1))))
                    .mapToObj(Double::toString).collect(Collectors.joining(" "));
            case "echo_numbers" -> numbers(given);
            case "echo_string" -> IntegradorBindgenSample.echoString(first);
            case "string_scalars" -> Arrays.stream(IntegradorBindgenSample.stringScalars(first)).mapToObj(Integer::toUnsignedString).collect(Collectors.joining(" "));
            case "string_bytes" -> Long.toUnsignedString(IntegradorBindgenSample.stringBytes(first));
            case "echo_optional_string" -> IntegradorBindgenSample.echoOptionalString(first.equals("null") ? null : first);
            case "echo_bytes" -> HEX.formatHex(IntegradorBindgenSample.echoBytes(HEX.parseHex(first)));
            case "sum_bytes" -> {
                var bytes = HEX.parseHex(first);
                yield Long.toUnsignedString(IntegradorBindgenSample.sumBytes(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip()));
            }
            case "echo_nested" -> {
                var lists = given.stream().map(one -> one.isEmpty() ? List.<String>of() : List.of(one.split(" "))).toList();
                yield IntegradorBindgenSample.echoNested(lists).stream().map(one -> "[" + String.join(" ", one) + "]").collect(Collectors.joining());
            }
            case "echo_color" -> IntegradorBindgenSample.echoColor(Color.values()[Integer.parseInt(first)]).ordinal();
            case "discriminant" -> Long.toUnsignedString(IntegradorBindgenSample.discriminant(Big.values()[Integer.parseInt(first)]));
            case "echo_signed" -> IntegradorBindgenSample.echoSigned(Signed.values()[Integer.parseInt(first)]).ordinal();
            case "echo_shape" -> show(IntegradorBindgenSample.echoShape(shape(first)));
            case "echo_person" -> person(given);
            case "nanoseconds" -> IntegradorBindgenSample.nanoseconds(Instant.EPOCH.plus(span(first)));
            case "echo_duration" -> show(IntegradorBindgenSample.echoDuration(span(first)));
            case "fetch" -> IntegradorBindgenSample.fetch(first);
            case "plain" -> {
                IntegradorBindgenSample.plain(first.equals("null") ? null : HEX.parseHex(first));
                yield null;
            }
            case "parse" -> IntegradorBindgenSample.parse(first);
            case "counter" -> {
                try (var one = counter(first)) {
                    yield Long.toUnsignedString(one.add(Long.parseUnsignedLong(given.get(1)))) + " " + Long.toUnsignedString(one.value()) + " " + one;
                }
            }
            case "counter_parse" -> {
                try (var one = Counter.parse(first)) {
                    yield Long.toUnsignedString(one.value());
                }
            }
            case "counter_add_all" -> {
                try (var one = counter(first); var two = counter(given.get(1)); var three = counter(given.get(2))) {
                    yield Long.toUnsignedString(one.addAll(List.of(one, two), three, two));
                }
            }
            case "at_once" -> IntegradorBindgenSample.atOnce(first);
            case "delay" -> IntegradorBindgenSample.delay(Long.parseUnsignedLong(first));
            case "not_later" -> IntegradorBindgenSample.notLater(Boolean.parseBoolean(first));
            case "short_later" -> IntegradorBindgenSample.shortLater(Short.parseShort(first));
            case "wakes" -> IntegradorBindgenSample.wakes(Integer.parseInt(first));
            case "fetch_later" -> IntegradorBindgenSample.fetchLater(first, 1);
            case "counter_later" -> Counter.later(1, Long.parseUnsignedLong(first)).thenApply(Counter::value);
            default -> throw new Exception("no such call: " + name);
        };
    }

    private static Counter counter(String start) {
        return new Counter(Long.parseUnsignedLong(start));
    }

    private static String numbers(List<String> given) {
        var value = IntegradorBindgenSample.echoNumbers(new Numbers(
                Boolean.parseBoolean(given.get(0)), Byte.parseByte(given.get(1)), (byte) Integer.parseInt(given.get(2)), Short.parseShort(given.get(3)),
                (short) Integer.parseInt(given.get(4)), Integer.parseInt(given.get(5)), Integer.parseUnsignedInt(given.get(6)), Long.parseLong(given.get(7)),
                Long.parseUnsignedLong(given.get(8)), Float.parseFloat(given.get(9)), Double.parseDouble(given.get(10))));
        return "%s %s %s %s %s %s %s %s %s %s %s".formatted(
                value.yes(), value.i8(), Byte.toUnsignedInt(value.u8()), value.i16(), Short.toUnsignedInt(value.u16()), value.i32(),
                Integer.toUnsignedString(value.u32()), value.i64(), Long.toUnsignedString(value.u64()), value.f32(), value.f64());
    }

    private static String person(List<String> given) {
        var value = IntegradorBindgenSample.echoPerson(made(given, List.of(made(given, List.of()))));
        var scores = value.scores().entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining(", "));
        var friends = value.friends().stream().map(Person::name).collect(Collectors.joining(", "));
        return "%s %s %s [%s] %s {%s} %s [%s]".formatted(
                value.name(), Integer.toUnsignedString(value.age()), value.email(), String.join(", ", value.nicknames()), HEX.formatHex(value.photo()),
                scores, show(Duration.between(Instant.EPOCH, value.born())), friends);
    }

    private static Person made(List<String> given, List<Person> friends) {
        var email = given.get(2).equals("null") ? null : given.get(2);
        return new Person(
                given.get(0), Integer.parseUnsignedInt(given.get(1)), email, List.of("a", ""), HEX.parseHex("00ff"),
                Map.of("x", Double.parseDouble(given.get(3))), Instant.EPOCH.plus(span(given.get(4))), friends);
    }

    /** Both parts count in the same direction. */
    private static Duration span(String text) {
        var parts = text.split(" ");
        var seconds = Long.parseLong(parts[0]);
        var nanoseconds = Long.parseLong(parts[1]);
        return Duration.ofSeconds(seconds).plusNanos(seconds < 0 ? -nanoseconds : nanoseconds);
    }

    private static String show(Duration value) {
        var forward = value.abs();
        return (value.isNegative() ? "-" : "") + forward.getSeconds() + " " + forward.getNano();
    }

    private static Shape shape(String text) {
        var words = new ArrayList<>(Arrays.asList(text.split(" ", 2)));
        return switch (words.get(0)) {
            case "circle" -> new Shape.Circle(Double.parseDouble(words.get(1)));
            case "label" -> new Shape.Label(words.get(1));
            case "line" -> {
                var ends = words.get(1).split(" ");
                yield new Shape.Line(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
            }
            case "group" -> new Shape.Group(List.of(new Shape.Empty(), new Shape.Line(0, -5)), Color.GREEN);
            default -> new Shape.Empty();
        };
    }

    private static String show(Shape value) {
        return switch (value) {
            case Shape.Empty empty -> "empty";
            case Shape.Circle circle -> "circle " + circle.radius();
            case Shape.Label label -> "label " + label.v1();
            case Shape.Line line -> "line " + line.v1() + " " + line.v2();
            case Shape.Group group ->
                "group " + group.color().ordinal() + group.shapes().stream().map(Play::show).collect(Collectors.joining(", ", " [", "]"));
        };
    }
}
