package dev.integrador;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/** The words of a scenario as calls of the public API, and what these return as JSON. Ids are text. */
final class ScenarioCalls {
    /** What an application carries is maps, lists and plain values, with whole numbers as {@code Long}. */
    private static final Gson EXT = new GsonBuilder()
            .serializeNulls()
            .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
            .create();

    private final Node node;

    ScenarioCalls(Node node) {
        this.node = node;
    }

    JsonElement call(String operation, JsonObject with) {
        return switch (operation) {
            case "publish_user" -> {
                only(with, "id", "name", "avatar", "ext");
                yield receipt(node.publishUser(new NewUser(text(with, "id"), text(with, "name"), textOrNull(with, "avatar"), ext(with))));
            }
            case "publish_users" -> {
                only(with, "users");
                Map<String, String> users = new LinkedHashMap<>();
                with.getAsJsonArray("users").forEach(user ->
                        users.put(user.getAsJsonArray().get(0).getAsString(), user.getAsJsonArray().get(1).getAsString()));
                yield new JsonPrimitive(node.publishUsers(users));
            }
            case "publish_room" -> receipt(node.publishRoom(newRoom(with)));
            case "join_room" -> {
                only(with, "room", "user");
                yield receipt(node.joinRoom(ref(with, "room"), ref(with, "user")));
            }
            case "leave_room" -> {
                only(with, "room", "user");
                yield receipt(node.leaveRoom(ref(with, "room"), ref(with, "user")));
            }
            case "publish_message" -> receipt(node.publishMessage(message(with)));
            case "edit_message" -> {
                only(with, "event", "sender", "text", "attachments", "ext");
                List<Attachment> attached = with.has("attachments") ? attachments(with) : null;
                yield receipt(node.editMessage(eventId(with), ref(with, "sender"), text(with, "text"), attached, ext(with)));
            }
            case "delete_message" -> {
                only(with, "event", "sender", "of_platform");
                yield receipt(
                        with.has("of_platform")
                                ? node.deleteMessage(eventId(with), ref(with, "sender"), text(with, "of_platform"))
                                : node.deleteMessage(eventId(with), ref(with, "sender")));
            }
            case "react" -> {
                only(with, "event", "of_platform", "sender", "emoji", "on");
                boolean on = !with.has("on") || with.get("on").getAsBoolean();
                yield receipt(node.react(eventId(with), text(with, "of_platform"), ref(with, "sender"), text(with, "emoji"), on));
            }
            case "bind" -> {
                only(with, "kind", "external", "local");
                node.bind(word(BindKind.class, text(with, "kind")), external(with), text(with, "local"));
                yield JsonNull.INSTANCE;
            }
            case "retry" -> new JsonPrimitive(node.retry(which(with)));
            case "drop" -> new JsonPrimitive(node.drop(which(with)));
            case "sync_now" -> {
                only(with, "platform");
                yield new JsonPrimitive(with.has("platform") ? node.syncNow(text(with, "platform")) : node.syncNow());
            }
            case "handle" -> {
                only(with, "method", "path", "body");
                JsonElement given = with.has("body") ? with.get("body") : new JsonPrimitive("");
                String body = given.isJsonObject() ? given.toString() : given.getAsString();
                Request request =
                        new Request(text(with, "method"), text(with, "path"), "", Map.of(), body.getBytes(StandardCharsets.UTF_8));
                yield fields("status", node.handle(request).status());
            }
            default -> look(operation, with);
        };
    }

    private JsonElement look(String operation, JsonObject with) {
        return switch (operation) {
            case "platforms" -> {
                only(with);
                yield listed(node.platforms(), platform -> fields("name", platform.name(), "own", platform.own()));
            }
            case "users" -> {
                only(with, "platform");
                yield listed(with.has("platform") ? node.users(text(with, "platform")) : node.users(), ScenarioCalls::user);
            }
            case "rooms" -> {
                only(with);
                yield listed(node.rooms(), ScenarioCalls::room);
            }
            case "room" -> {
                only(with, "id");
                yield node.room(ref(with, "id")).map(ScenarioCalls::room).map(JsonElement.class::cast).orElse(JsonNull.INSTANCE);
            }
            case "recipients" -> {
                only(with, "room");
                yield json(node.recipients(ref(with, "room")));
            }
            case "local_id" -> {
                only(with, "kind", "external");
                yield json(node.localId(word(BindKind.class, text(with, "kind")), external(with)).orElse(null));
            }
            case "external_id" -> {
                only(with, "kind", "local");
                yield json(node.externalId(word(BindKind.class, text(with, "kind")), text(with, "local")).orElse(null));
            }
            case "delivery" -> {
                only(with, "event");
                yield listed(node.delivery(eventId(with)), one ->
                        fields("platform", one.platform(), "state", one.state().text(), "why", one.why()));
            }
            case "status" -> {
                only(with);
                yield status(node.status());
            }
            case "dead_letters" -> listed(node.deadLetters(with.size() == 0 ? DeadLetters.all() : which(with)), ScenarioCalls::deadLetter);
            default -> membership(operation, with);
        };
    }

    private JsonElement membership(String operation, JsonObject with) {
        return switch (operation) {
            case "invite" -> {
                only(with);
                Invite invite = node.invite(null);
                yield fields("id", invite.id(), "text", invite.text());
            }
            case "invites" -> {
                only(with);
                yield listed(node.invites(), one -> fields("id", one.id(), "used_by", one.usedBy()));
            }
            case "revoke_invite" -> {
                only(with, "id");
                node.revokeInvite(text(with, "id"));
                yield JsonNull.INSTANCE;
            }
            case "join" -> {
                only(with, "invite");
                Joined joined = node.join(text(with, "invite"), null);
                yield fields("inviter", joined.inviter(), "platforms", joined.platforms());
            }
            case "introduce" -> {
                only(with, "a", "b");
                node.introduce(text(with, "a"), text(with, "b"));
                yield JsonNull.INSTANCE;
            }
            case "accept_introduction" -> {
                only(with, "name");
                node.acceptIntroduction(text(with, "name"));
                yield JsonNull.INSTANCE;
            }
            case "refuse_introduction" -> {
                only(with, "name");
                node.refuseIntroduction(text(with, "name"));
                yield JsonNull.INSTANCE;
            }
            case "add_platform" -> {
                only(with, "name", "endpoint");
                yield json(node.addPlatform(text(with, "name"), text(with, "endpoint")));
            }
            case "rotate_token" -> {
                only(with, "platform");
                yield json(node.rotateToken(text(with, "platform")));
            }
            case "remove_platform" -> {
                only(with, "name");
                node.removePlatform(text(with, "name"));
                yield JsonNull.INSTANCE;
            }
            default -> throw new AssertionError("no operation is called " + operation);
        };
    }

    // ---- what a step gives

    /** An unknown field is a mistake of the scenario. */
    static void only(JsonObject given, String... known) {
        if (!Set.of(known).containsAll(given.keySet())) {
            throw new AssertionError("unknown here: " + given);
        }
    }

    private static String text(JsonObject with, String name) {
        return with.get(name).getAsString();
    }

    private static String textOrNull(JsonObject with, String name) {
        return with.has(name) ? text(with, name) : null;
    }

    private static <E extends Enum<E>> E word(Class<E> type, String text) {
        return Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
    }

    private static Ref ref(JsonObject with, String name) {
        String id = text(with, name);
        return id.contains(":") ? ExternalId.parse(id) : Ref.own(id);
    }

    private static ExternalId external(JsonObject with) {
        return ExternalId.parse(text(with, "external"));
    }

    private static NewRoom newRoom(JsonObject with) {
        only(with, "id", "name", "kind", "members", "banned", "avatar", "ext");
        NewRoom room = NewRoom.of(text(with, "id"), text(with, "name"), word(RoomKind.class, text(with, "kind")))
                .withAvatar(textOrNull(with, "avatar"))
                .withExt(ext(with));
        for (Map.Entry<String, JsonElement> members : all(with, "members")) {
            room = room.withMembers(members.getKey(), ids(members.getValue()));
        }
        for (Map.Entry<String, JsonElement> banned : all(with, "banned")) {
            boolean everybody = banned.getValue().isJsonPrimitive() && banned.getValue().getAsString().equals("*");
            room = room.withBanned(banned.getKey(), everybody ? Banned.everybody() : Banned.users(ids(banned.getValue())));
        }
        return room;
    }

    private static Set<Map.Entry<String, JsonElement>> all(JsonObject with, String name) {
        return with.has(name) ? with.getAsJsonObject(name).entrySet() : Set.of();
    }

    private static List<String> ids(JsonElement given) {
        return given.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
    }

    private static Map<String, ?> ext(JsonObject with) {
        return with.has("ext") ? EXT.fromJson(with.get("ext"), new TypeToken<Map<String, Object>>() {}) : null;
    }

    private static NewMessage message(JsonObject with) {
        only(with, "room", "sender", "text", "key", "reply_to", "attachments", "ext");
        NewMessage message = NewMessage.of(ref(with, "room"), ref(with, "sender"), text(with, "text")).withExt(ext(with));
        if (with.has("key")) {
            message = message.withKey(text(with, "key"));
        }
        if (with.has("reply_to")) {
            message = message.withReplyTo(UUID.fromString(text(with, "reply_to")));
        }
        if (with.has("attachments")) {
            for (Attachment one : attachments(with)) {
                message = message.withAttachment(one);
            }
        }
        return message;
    }

    private static UUID eventId(JsonObject with) {
        return UUID.fromString(text(with, "event"));
    }

    private static List<Attachment> attachments(JsonObject with) {
        return with.getAsJsonArray("attachments").asList().stream().map(one -> attachment(one.getAsJsonObject())).toList();
    }

    private static Attachment attachment(JsonObject given) {
        only(given, "kind", "url", "data", "mime", "name", "size");
        Function<String, String> text = name -> given.has(name) ? text(given, name) : null;
        return new Attachment(
                word(AttachmentKind.class, text(given, "kind")),
                text.apply("url"),
                given.has("data") ? Base64.getDecoder().decode(text(given, "data")) : null,
                text.apply("mime"),
                text.apply("name"),
                given.has("size") ? given.get("size").getAsLong() : null);
    }

    private static DeadLetters which(JsonObject with) {
        only(with, "all", "platform", "number", "event");
        if (with.size() != 1) {
            throw new AssertionError("expected one of them: " + with);
        } else if (with.has("platform")) {
            return DeadLetters.platform(text(with, "platform"));
        } else if (with.has("number")) {
            return DeadLetters.number(with.get("number").getAsLong());
        } else if (with.has("event")) {
            return DeadLetters.event(eventId(with));
        }
        return DeadLetters.all();
    }

    static Node.Builder configured(Node.Builder builder, JsonObject options) {
        options.asMap().forEach((name, value) -> {
            if (value.isJsonObject()) {
                value.getAsJsonObject().asMap().forEach((part, of) -> builder.option(name + "." + part, plain(of)));
            } else {
                builder.option(name, plain(value));
            }
        });
        return builder;
    }

    private static Object plain(JsonElement value) {
        JsonPrimitive given = value.getAsJsonPrimitive();
        if (given.isBoolean()) {
            return given.getAsBoolean();
        } else if (given.isString()) {
            return given.getAsString();
        }
        double number = given.getAsDouble();
        return number == Math.rint(number) ? (Object) given.getAsLong() : (Object) number;
    }

    // ---- what it is shown

    private static JsonElement json(Object value) {
        if (value == null) {
            return JsonNull.INSTANCE;
        } else if (value instanceof JsonElement already) {
            return already;
        } else if (value instanceof Boolean flag) {
            return new JsonPrimitive(flag);
        } else if (value instanceof Number number) {
            return new JsonPrimitive(number);
        } else if (value instanceof List<?> list) {
            JsonArray all = new JsonArray();
            list.forEach(one -> all.add(json(one)));
            return all;
        }
        return new JsonPrimitive(value.toString());
    }

    private static JsonObject fields(Object... namesAndValues) {
        JsonObject made = new JsonObject();
        for (int at = 0; at < namesAndValues.length; at += 2) {
            made.add((String) namesAndValues[at], json(namesAndValues[at + 1]));
        }
        return made;
    }

    /** In the order of their ids, names or platforms. */
    private static <T> JsonElement listed(List<T> items, Function<T, JsonObject> show) {
        Function<JsonObject, String> key = item ->
                Stream.of("id", "name", "platform").map(field -> item.has(field) ? text(item, field) : "").reduce("", (all, one) -> all + '\0' + one);
        return json(items.stream().map(show).sorted(Comparator.comparing(key)).toList());
    }

    private static JsonObject receipt(Receipt of) {
        return fields("event", of.eventId(), "destinations", of.destinations().stream().sorted().toList(), "duplicate", of.duplicate());
    }

    private static JsonObject user(User of) {
        return fields("id", of.id(), "name", of.name(), "active", of.active(), "avatar", of.avatar(), "ext", EXT.toJsonTree(of.ext()));
    }

    private static JsonObject room(Room of) {
        JsonObject members = new JsonObject();
        of.members().forEach((platform, ids) -> members.add(platform, json(ids)));
        JsonObject banned = new JsonObject();
        of.banned().forEach((platform, who) -> banned.add(platform, json(who.all() ? "*" : who.users())));
        return fields("id", of.id(), "name", of.name(), "kind", of.kind().text(), "members", members, "banned", banned,
                "avatar", of.avatar(), "ext", EXT.toJsonTree(of.ext()));
    }

    private static JsonObject status(Status of) {
        JsonElement platforms = listed(of.platforms(), one ->
                fields("name", one.name(), "kind", one.kind().text(), "up", one.up(), "waiting", one.waiting(), "dead", one.dead()));
        JsonElement introductions = listed(of.introductions(), one -> fields("name", one.name(), "by", one.by()));
        return fields("name", of.name(), "standalone", of.standalone(), "inbox", of.inbox(), "platforms", platforms,
                "introductions", introductions);
    }

    private static JsonObject deadLetter(DeadLetter of) {
        return fields("number", of.number(), "event", of.eventId(), "kind", of.kind().text(), "platform", of.platform(),
                "from", of.from(), "inbound", of.inbound(), "why", of.why());
    }

    private static JsonObject attached(Attachment of) {
        String data = of.data() == null ? null : Base64.getEncoder().encodeToString(of.data());
        return fields("kind", of.kind().text(), "url", of.url(), "data", data, "mime", of.mime(), "name", of.name(), "size", of.size());
    }

    /** An event as its handler sees it. */
    static JsonObject event(Event event) {
        JsonObject shown;
        if (event instanceof Message of) {
            shown = fields("kind", "message", "room", of.room(), "sender", of.sender(), "sender_name", of.senderName(), "text", of.text(),
                    "reply_to", of.replyTo(), "attachments", of.attachments().stream().map(ScenarioCalls::attached).toList(),
                    "late", of.late(), "ext", EXT.toJsonTree(of.ext()), "local_room", of.localRoom().orElse(null), "local_sender", of.localSender().orElse(null),
                    "recipients", of.recipients());
        } else if (event instanceof Edit of) {
            Object attached = of.attachments().map(all -> all.stream().map(ScenarioCalls::attached).toList()).orElse(null);
            shown = fields("kind", "edit", "room", of.room(), "sender", of.sender(), "sender_name", of.senderName(), "of", of.of(),
                    "text", of.text(), "attachments", attached, "ext", EXT.toJsonTree(of.ext()),
                    "local_room", of.localRoom().orElse(null), "local_sender", of.localSender().orElse(null), "recipients", of.recipients());
        } else if (event instanceof Delete of) {
            shown = fields("kind", "delete", "room", of.room(), "sender", of.sender(), "sender_name", of.senderName(), "of", of.of(),
                    "of_platform", of.ofPlatform(), "local_room", of.localRoom().orElse(null),
                    "local_sender", of.localSender().orElse(null), "recipients", of.recipients());
        } else if (event instanceof Reaction of) {
            shown = fields("kind", "reaction", "room", of.room(), "sender", of.sender(), "sender_name", of.senderName(), "of", of.of(),
                    "of_platform", of.ofPlatform(), "emoji", of.emoji(), "on", of.on(), "local_room", of.localRoom().orElse(null),
                    "local_sender", of.localSender().orElse(null), "recipients", of.recipients());
        } else if (event instanceof UserChange of) {
            shown = user(of.user());
            shown.addProperty("kind", "user");
            shown.add("local_user", json(of.localUser().orElse(null)));
        } else if (event instanceof RoomChange of) {
            shown = fields("kind", "room", "room", room(of.room()), "changed_by", of.changedBy(),
                    "local_room", of.localRoom().orElse(null), "recipients", of.recipients());
        } else if (event instanceof PlatformChange of) {
            shown = fields("kind", "platform", "platform", of.platform(), "change", of.change().text());
        } else {
            DeliveryChange of = (DeliveryChange) event;
            shown = fields("kind", "delivery", "publication", of.publication(), "platform", of.platform(), "state", of.state().text(),
                    "count", of.count());
        }
        shown.addProperty("event", event.eventId().toString());
        shown.addProperty("attempt", event.attempt());
        return shown;
    }
}
