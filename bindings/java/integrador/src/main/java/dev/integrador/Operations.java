package dev.integrador;

import dev.integrador.internal.Reader;
import dev.integrador.internal.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

/** The operations that wait, each with its arguments: {@link Node} waits for them, {@link AsyncNode} hands them in. */
final class Operations {
    private Operations() {}

    private static Operation<Receipt> receipt(String name, Consumer<Writer> arguments) {
        return new Operation<>(name, arguments, Answers::receipt);
    }

    private static <T> Operation<List<T>> list(String name, Consumer<Writer> arguments, Function<Reader, T> read) {
        return new Operation<>(name, arguments, from -> from.list(read));
    }

    static Operation<Receipt> publishUser(NewUser user) {
        Objects.requireNonNull(user, "user");
        return receipt("publish_user", to -> user(to, user));
    }

    static Operation<Integer> publishUsers(Collection<NewUser> users) {
        Objects.requireNonNull(users, "users");
        return new Operation<>("publish_users", to -> to.list(users, Operations::user), Reader::i32);
    }

    static Operation<Integer> publishUsers(Map<String, String> users) {
        Objects.requireNonNull(users, "users");
        return publishUsers(users.entrySet().stream()
                .map(user -> NewUser.of(user.getKey(), user.getValue()))
                .toList());
    }

    static Operation<Receipt> publishRoom(
            String id, String name, RoomKind kind, Map<String, ? extends Collection<String>> members) {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(members, "members");
        return receipt("publish_room", to -> room(to, NewRoom.of(id, name, kind), members));
    }

    static Operation<Receipt> publishRoom(NewRoom room) {
        Objects.requireNonNull(room, "room");
        return receipt("publish_room", to -> room(to, room, room.members()));
    }

    static Operation<Receipt> joinRoom(Ref room, Ref user) {
        return receipt("join_room", to -> to.ref("room", room).ref("user", user));
    }

    static Operation<Receipt> leaveRoom(Ref room, Ref user) {
        return receipt("leave_room", to -> to.ref("room", room).ref("user", user));
    }

    static Operation<Receipt> publishMessage(NewMessage message) {
        return receipt("publish_message", to -> message(to, message));
    }

    /**
     * @param attachments null: those that the message has
     * @param ext null: what the message carries
     */
    static Operation<Receipt> editMessage(
            UUID eventId, Ref sender, String text, List<Attachment> attachments, Map<String, ?> ext) {
        return receipt("edit_message", to -> to.eventId("eventId", eventId)
                .ref("sender", sender)
                .text("text", text)
                .option(attachments, (on, all) -> on.list(all, Operations::attachment))
                .option(ext, (on, object) -> on.object("ext", object)));
    }

    /** @param ofPlatform null: the application's own */
    static Operation<Receipt> deleteMessage(UUID eventId, Ref sender, String ofPlatform) {
        return receipt("delete_message", to -> to.eventId("eventId", eventId)
                .ref("sender", sender)
                .option(ofPlatform, (on, platform) -> on.text("ofPlatform", platform)));
    }

    static Operation<Receipt> react(UUID eventId, String ofPlatform, Ref sender, String emoji, boolean on) {
        return receipt("react", to -> to.eventId("eventId", eventId)
                .text("ofPlatform", ofPlatform)
                .ref("sender", sender)
                .text("emoji", emoji)
                .flag(on));
    }

    static Operation<List<Published>> publishMessages(List<NewMessage> messages) {
        Objects.requireNonNull(messages, "messages");
        return list("publish_messages", to -> to.list(messages, Operations::message), Answers::published);
    }

    static Operation<Response> handle(Request request) {
        Objects.requireNonNull(request, "inbound");
        return new Operation<>("handle", to -> request(to, request), Answers::response);
    }

    static Operation<Void> bind(BindKind kind, ExternalId external, String local) {
        Objects.requireNonNull(kind, "kind");
        return new Operation<>(
                "bind", to -> to.text("kind", kind.text()).external("external", external).text("local", local), from -> null);
    }

    static Operation<List<Delivery>> delivery(UUID eventId) {
        return list("delivery", to -> to.eventId("eventId", eventId), Answers::delivery);
    }

    static Operation<Status> status() {
        return new Operation<>("status", to -> {}, Answers::status);
    }

    static Operation<List<Finding>> check() {
        return list("check", to -> {}, Answers::finding);
    }

    static Operation<List<DeadLetter>> deadLetters(DeadLetters which) {
        Objects.requireNonNull(which, "which");
        return list("dead_letters", which::write, Answers::deadLetter);
    }

    static Operation<Long> retry(DeadLetters which) {
        Objects.requireNonNull(which, "which");
        return new Operation<>("retry", which::write, Reader::i64);
    }

    static Operation<Long> drop(DeadLetters which) {
        Objects.requireNonNull(which, "which");
        return new Operation<>("drop", which::write, Reader::i64);
    }

    static Operation<Integer> syncNow(String platform) {
        return new Operation<>(
                "sync_now", to -> to.option(platform, (on, name) -> on.text("platform", name)), Reader::i32);
    }

    private static Operation<Void> membership(String name, Consumer<Writer> arguments) {
        return new Operation<>(name, arguments, from -> null);
    }

    static Operation<Invite> invite(String url) {
        return new Operation<>("invite", to -> to.option(url, (on, text) -> on.text("url", text)), Answers::invite);
    }

    static Operation<List<InviteInfo>> invites() {
        return list("invites", to -> {}, Answers::inviteInfo);
    }

    static Operation<Void> revokeInvite(String id) {
        return membership("revoke_invite", to -> to.text("id", id));
    }

    static Operation<Joined> join(String invite, String url) {
        return new Operation<>(
                "join",
                to -> to.text("invite", invite).option(url, (on, text) -> on.text("url", text)),
                Answers::joined);
    }

    static Operation<Void> introduce(String a, String b) {
        return membership("introduce", to -> to.text("a", a).text("b", b));
    }

    static Operation<Void> acceptIntroduction(String name) {
        return membership("accept_introduction", to -> to.text("name", name));
    }

    static Operation<Void> refuseIntroduction(String name) {
        return membership("refuse_introduction", to -> to.text("name", name));
    }

    static Operation<String> addPlatform(String name, String endpoint) {
        return new Operation<>(
                "add_platform", to -> to.text("name", name).text("endpoint", endpoint), Reader::text);
    }

    static Operation<String> rotateToken(String platform) {
        return new Operation<>(
                "rotate_token", to -> to.text("platform", platform), from -> from.option(Reader::text));
    }

    static Operation<Void> removePlatform(String name) {
        return membership("remove_platform", to -> to.text("name", name));
    }

    static Operation<List<Event>> nextEvents(int max, Duration timeout, Lookup lookup) {
        Objects.requireNonNull(timeout, "timeout");
        return list(
                "next_events",
                to -> to.i32(Math.max(1, max)).patience(timeout),
                from -> Answers.event(from, lookup));
    }

    static Operation<List<Boolean>> ack(Collection<UUID> eventIds) {
        Objects.requireNonNull(eventIds, "eventIds");
        return list("ack", to -> to.list(eventIds, Operations::id), Reader::flag);
    }

    static Operation<List<Boolean>> nack(Collection<UUID> eventIds, String why) {
        Objects.requireNonNull(eventIds, "eventIds");
        return list("nack", to -> to.list(eventIds, Operations::id).text("why", why), Reader::flag);
    }

    private static void user(Writer to, NewUser user) {
        Objects.requireNonNull(user, "user");
        to.text("id", user.id())
                .text("name", user.name())
                .option(user.avatar(), (on, avatar) -> on.text("avatar", avatar))
                .option(user.ext(), (on, object) -> on.object("ext", object));
    }

    private static void room(Writer to, NewRoom room, Map<String, ? extends Collection<String>> members) {
        to.text("id", room.id())
                .text("name", room.name())
                .text("kind", room.kind().text())
                .list(members.entrySet(), Operations::members)
                .list(room.banned().entrySet(), Operations::banned)
                .option(room.avatar(), (on, avatar) -> on.text("avatar", avatar))
                .option(room.ext(), (on, object) -> on.object("ext", object));
    }

    private static void banned(Writer to, Map.Entry<String, Banned> of) {
        Banned banned = Objects.requireNonNull(of.getValue(), "banned");
        to.text("banned", of.getKey())
                .option(banned.all() ? null : banned.users(), (on, ids) -> on.list(ids, (users, id) -> users.text("banned", id)));
    }

    private static void members(Writer to, Map.Entry<String, ? extends Collection<String>> of) {
        to.text("platform", of.getKey()).list(Objects.requireNonNull(of.getValue(), "members"), (ids, id) -> ids.text("members", id));
    }

    private static void id(Writer to, UUID id) {
        to.eventId("eventIds", id);
    }

    private static void message(Writer to, NewMessage message) {
        Objects.requireNonNull(message, "message");
        to.ref("room", message.room())
                .ref("sender", message.sender())
                .text("text", message.text())
                .option(message.key(), (on, key) -> on.text("key", key))
                .option(message.sentAt(), Writer::time)
                .option(message.replyTo(), (on, id) -> on.eventId("replyTo", id))
                .option(message.traceparent(), (on, trace) -> on.text("traceparent", trace))
                .option(message.ext(), (on, object) -> on.object("ext", object))
                .list(message.attachments(), Operations::attachment);
    }

    private static void attachment(Writer to, Attachment attachment) {
        to.text("kind", attachment.kind().text())
                .option(attachment.url(), (on, url) -> on.text("url", url))
                .option(attachment.data(), Writer::bytes)
                .option(attachment.mime(), (on, mime) -> on.text("mime", mime))
                .option(attachment.name(), (on, name) -> on.text("name", name))
                .option(attachment.size(), Writer::i64);
    }

    /** What others sent may hold what can't be text; that is replaced, and no error of the application's. */
    private static void request(Writer to, Request request) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        request.headers().forEach((name, values) -> values.forEach(value -> headers.add(Map.entry(name, value))));
        to.text("method", request.method())
                .lossy(request.path())
                .lossy(request.query())
                .list(headers, (on, header) -> on.lossy(header.getKey()).lossy(header.getValue()))
                .bytes(request.body());
    }
}
