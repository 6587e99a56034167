package dev.integrador;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A small application for the tests, in a process that may be killed at any instant: what {@code tests/src/bin/chatter.rs} is, and it
 * takes the same argument and the same orders.
 */
final class ChatterMain {
    private final Node node;
    private final Path said;
    private final List<Thread> talkers = new ArrayList<>();
    private volatile boolean talking;

    private ChatterMain(Node node, Path said) {
        this.node = node;
        this.said = said;
    }

    public static void main(String[] arguments) throws Exception {
        JsonObject options = JsonParser.parseString(arguments[0]).getAsJsonObject();
        JsonObject config = options.getAsJsonObject("config");
        // Before anybody knows where it is and connects.
        try (Ledger heard = new Ledger(Path.of(options.get("heard").getAsString()))) {
            Node node = ScenarioCalls.configured(Node.builder(config.get("platform").getAsString()), config).open();
            ChatterMain chatter = new ChatterMain(node, Path.of(options.get("said").getAsString()));
            Thread pump = new Thread(() -> chatter.pump(heard));
            pump.start();
            JsonObject open = new JsonObject();
            open.addProperty("address", node.localAddress().map(String::valueOf).orElse(null));
            System.out.println(open);
            BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                System.out.println(chatter.obey(JsonParser.parseString(order).getAsJsonObject()));
            }
            chatter.hush();
            node.close();
            pump.join();
        }
    }

    private JsonObject obey(JsonObject order) throws InterruptedException {
        JsonObject answer = new JsonObject();
        try {
            switch (order.get("do").getAsString()) {
                case "user" -> receipt(answer, node.publishUser(text(order, "id"), text(order, "name")));
                case "room" -> receipt(answer, room(order));
                case "say" -> receipt(answer, node.publishMessage(NewMessage.of(ref(order), Ref.own(text(order, "sender")), text(order, "text"))));
                case "talk" -> order.getAsJsonArray("rooms").forEach(room ->
                        talk(room.getAsJsonArray().get(0).getAsString(), room.getAsJsonArray().get(1).getAsString(), order.get("pause_ms").getAsLong()));
                case "hush" -> hush();
                case "known" -> answer.addProperty("room", node.room(ref(order)).map(Room::name).orElse(null));
                default -> throw new IllegalArgumentException(order.toString());
            }
        } catch (IntegradorException e) {
            answer.addProperty("error", e.kind().text());
            answer.addProperty("message", e.getMessage());
        }
        return answer;
    }

    private static void receipt(JsonObject answer, Receipt receipt) {
        answer.addProperty("event", String.valueOf(receipt.eventId()));
    }

    private static String text(JsonObject order, String name) {
        return order.get(name).getAsString();
    }

    private static Ref ref(JsonObject order) {
        String id = text(order, "room");
        return id.contains(":") ? ExternalId.parse(id) : Ref.own(id);
    }

    private Receipt room(JsonObject order) {
        Map<String, List<String>> members = new LinkedHashMap<>();
        for (JsonElement entry : order.getAsJsonArray("members")) {
            List<String> ids = entry.getAsJsonArray().get(1).getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
            members.put(entry.getAsJsonArray().get(0).getAsString(), ids);
        }
        RoomKind kind = RoomKind.valueOf(text(order, "kind").toUpperCase(Locale.ROOT));
        return node.publishRoom(text(order, "id"), text(order, "name"), kind, members);
    }

    /**
     * Begins after the last number that was written down as acknowledged. What was acknowledged and not yet written down is published
     * again under the same key, and so is the same message.
     */
    private void talk(String room, String sender, long pause) {
        talking = true;
        Thread talker = new Thread(() -> {
            try (Ledger ledger = new Ledger(said)) {
                long n = Ledger.lastSaid(said, room) + 1;
                while (talking) {
                    NewMessage message = NewMessage.of(ExternalId.parse(room), sender, String.valueOf(n)).withKey(room + "-" + sender + "-" + n);
                    Receipt receipt = node.publishMessage(message);
                    ledger.add(List.of(Ledger.said(room, n, receipt.eventId().toString())));
                    n++;
                    Thread.sleep(pause);
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        talker.start();
        talkers.add(talker);
    }

    private void hush() throws InterruptedException {
        talking = false;
        for (Thread talker : talkers) {
            talker.join();
        }
        talkers.clear();
    }

    /** Takes events, writes the messages down, acknowledges what it took together, and writes that down. */
    private void pump(Ledger heard) {
        List<JsonObject> handled = new ArrayList<>();
        try (Consumer events = node.consumer()) {
            while (true) {
                Optional<Event> next = events.next(handled.isEmpty() ? Duration.ofDays(1) : Duration.ZERO);
                if (next.isEmpty()) {
                    events.flush();
                    heard.add(handled.stream().map(Ledger::acked).toList());
                    handled.clear();
                    continue;
                }
                if (next.get() instanceof Message message) {
                    JsonObject got = Ledger.got(message);
                    heard.add(List.of(got));
                    handled.add(got);
                }
                events.done();
            }
        } catch (IntegradorException e) {
            if (e.kind() != ErrorKind.CLOSED) {
                throw e;
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
