package dev.integrador;

import dev.integrador.internal.Reader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Reads what the native part returns; it is written by {@code shown.rs}. */
final class Answers {
    private Answers() {}

    static User user(Reader from) {
        return new User(from.external(), from.text(), from.flag(), from.option(Reader::text), from.option(Reader::object));
    }

    static Room room(Reader from) {
        ExternalId id = from.external();
        String name = from.text();
        RoomKind kind = from.word(RoomKind.class);
        Map<String, List<String>> members = new LinkedHashMap<>();
        for (int left = from.i32(); left > 0; left--) {
            members.put(from.text(), from.list(Reader::text));
        }
        Map<String, Banned> banned = new LinkedHashMap<>();
        for (int left = from.i32(); left > 0; left--) {
            String platform = from.text();
            List<String> users = from.option(list -> list.list(Reader::text));
            banned.put(platform, users == null ? Banned.everybody() : Banned.users(users));
        }
        String avatar = from.option(Reader::text);
        Map<String, Object> ext = from.option(Reader::object);
        return new Room(id, name, kind, Collections.unmodifiableMap(members), Collections.unmodifiableMap(banned), avatar, ext);
    }

    static Platform platform(Reader from) {
        return new Platform(from.text(), from.flag(), from.flag(), from.option(Reader::text), from.flag());
    }

    static Receipt receipt(Reader from) {
        return new Receipt(from.option(Reader::eventId), from.list(Reader::text), from.flag());
    }

    static Published published(Reader from) {
        return from.flag() ? new Published(null, from.error()) : new Published(receipt(from), null);
    }

    static Delivery delivery(Reader from) {
        return new Delivery(
                from.text(), from.word(DeliveryState.class), from.option(Reader::time), from.option(Reader::text));
    }

    static Status status(Reader from) {
        return new Status(
                from.text(),
                from.flag(),
                from.text(),
                from.eventId(),
                from.i64(),
                from.list(Answers::platformStatus),
                from.list(Answers::introduction));
    }

    private static Introduction introduction(Reader from) {
        return new Introduction(from.text(), from.text(), from.text(), from.time());
    }

    static Invite invite(Reader from) {
        return new Invite(from.text(), from.text(), from.time(), from.text());
    }

    static InviteInfo inviteInfo(Reader from) {
        return new InviteInfo(from.text(), from.time(), from.time(), from.option(Reader::text));
    }

    static Joined joined(Reader from) {
        return new Joined(from.text(), from.list(Reader::text));
    }

    private static PlatformStatus platformStatus(Reader from) {
        return new PlatformStatus(
                from.text(),
                from.word(PlatformKind.class),
                from.option(Reader::text),
                from.option(Reader::flag),
                from.option(Reader::time),
                from.option(Reader::time),
                from.i64(),
                from.option(Reader::time),
                from.i64(),
                from.option(Reader::text),
                from.option(Reader::text),
                from.option(Reader::text),
                from.option(Reader::time),
                from.list(Answers::finding));
    }

    static DeadLetter deadLetter(Reader from) {
        return new DeadLetter(
                from.i64(),
                from.eventId(),
                from.word(EventKind.class),
                from.text(),
                from.text(),
                from.flag(),
                from.text(),
                from.time(),
                from.text());
    }

    static Finding finding(Reader from) {
        return new Finding(
                from.option(Reader::text),
                from.word(FindingKind.class),
                from.option(Reader::text),
                from.text(),
                from.text());
    }

    static Metric metric(Reader from) {
        String name = from.text();
        Map<String, String> labels = new LinkedHashMap<>();
        for (int left = from.i32(); left > 0; left--) {
            labels.put(from.text(), from.text());
        }
        return new Metric(
                name, Collections.unmodifiableMap(labels), from.f64(), from.word(MetricKind.class), from.text());
    }

    static Response response(Reader from) {
        int status = from.i32();
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (int left = from.i32(); left > 0; left--) {
            headers.computeIfAbsent(from.text(), name -> new ArrayList<>()).add(from.text());
        }
        return new Response(status, headers, from.bytes());
    }

    static Event event(Reader from, Lookup lookup) {
        EventKind kind = from.word(EventKind.class);
        UUID id = from.eventId();
        int attempt = from.i32();
        return switch (kind) {
            case MESSAGE -> message(id, attempt, from, lookup);
            case EDIT -> new Edit(
                    id,
                    attempt,
                    from.external(),
                    from.external(),
                    from.text(),
                    from.eventId(),
                    from.text(),
                    Optional.ofNullable(from.option(list -> list.list(Answers::attachment))),
                    from.option(Reader::object),
                    lookup);
            case DELETE -> new Delete(
                    id,
                    attempt,
                    from.external(),
                    from.external(),
                    from.text(),
                    from.eventId(),
                    from.text(),
                    lookup);
            case REACTION -> new Reaction(
                    id,
                    attempt,
                    from.external(),
                    from.external(),
                    from.text(),
                    from.eventId(),
                    from.text(),
                    from.text(),
                    from.flag(),
                    lookup);
            case USER -> new UserChange(id, attempt, user(from), lookup);
            case ROOM -> new RoomChange(id, attempt, room(from), from.text(), lookup);
            case PLATFORM -> new PlatformChange(
                    id, attempt, from.text(), from.word(PlatformState.class), from.option(Reader::text));
            case DELIVERY -> new DeliveryChange(
                    id,
                    attempt,
                    from.eventId(),
                    from.text(),
                    from.word(DeliveryState.class),
                    from.option(Reader::text),
                    from.i64());
            case RECEIPT -> throw new IllegalStateException("an event that this jar does not know");
        };
    }

    private static Message message(UUID id, int attempt, Reader from, Lookup lookup) {
        return new Message(
                id,
                attempt,
                from.external(),
                from.external(),
                from.text(),
                from.text(),
                from.option(Reader::time),
                from.option(Reader::eventId),
                from.list(Answers::attachment),
                from.flag(),
                from.option(Reader::text),
                from.option(Reader::object),
                lookup);
    }

    private static Attachment attachment(Reader from) {
        return new Attachment(
                from.word(AttachmentKind.class),
                from.option(Reader::text),
                from.option(Reader::bytes),
                from.option(Reader::text),
                from.option(Reader::text),
                from.option(Reader::i64));
    }
}
