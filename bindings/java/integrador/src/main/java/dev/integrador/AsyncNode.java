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
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The operations of a {@link Node} that wait, as futures: each returns at once and holds no thread meanwhile. What they do, and what
 * is wrong where one ends with an {@link IntegradorException}, is said at the method of the same name there.
 *
 * <p>They begin in the order in which they are called. What is hung onto a future without an executor
 * ({@link CompletableFuture#thenApply thenApply} and its like) may run on the one thread that completes all of them: let it be
 * short, or take the methods that end with {@code Async}. A future that is cancelled is not waited for; what it stands for goes on.
 */
public final class AsyncNode {
    private final Desk desk;
    private final Lookup lookup;

    AsyncNode(Desk desk, Lookup lookup) {
        this.desk = desk;
        this.lookup = lookup;
    }

    private Writer request(String operation) {
        return desk.request(operation);
    }

    private CompletableFuture<Receipt> receipt(Writer request) {
        return desk.submit(request, Answers::receipt);
    }

    private <T> CompletableFuture<List<T>> list(Writer request, Function<Reader, T> read) {
        return desk.submit(request, from -> from.list(read));
    }

    /**
     * As {@link Node#publishUser(String, String)}.
     *
     * @param id what the application calls it, 1 to 255 characters
     * @param name the name to show, at most 255 characters
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishUser(String id, String name) {
        return receipt(request("publish_user").text("id", id).text("name", name));
    }

    /**
     * As {@link Node#publishUsers(Map)}.
     *
     * @param users their names by their ids
     * @return how many were new, renamed or gone
     */
    public CompletableFuture<Integer> publishUsers(Map<String, String> users) {
        Objects.requireNonNull(users, "users");
        return desk.submit(request("publish_users").list(users.entrySet(), AsyncNode::user), Reader::i32);
    }

    /**
     * As {@link Node#publishRoom(String, String, RoomKind, Map)}.
     *
     * @param id what the application calls it, 1 to 255 characters
     * @param name the name to show; may be empty
     * @param kind private or public
     * @param members the ids of the members, by platform: {@code {"GWT_CHAT": ["3"], "BuasApp": ["1"]}}
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishRoom(String id, String name, RoomKind kind, Map<String, ? extends Collection<String>> members) {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(members, "members");
        return receipt(request("publish_room")
                .text("id", id)
                .text("name", name)
                .text("kind", kind.text())
                .list(members.entrySet(), AsyncNode::members));
    }

    /**
     * As {@link Node#publishRoom(String, String, RoomKind)}.
     *
     * @param id what the application calls it, 1 to 255 characters
     * @param name the name to show; may be empty
     * @param kind private or public
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishRoom(String id, String name, RoomKind kind) {
        return publishRoom(id, name, kind, Map.of());
    }

    /**
     * As {@link Node#joinRoom(Ref, Ref)}.
     *
     * @param room the room
     * @param user the user
     * @return its receipt
     */
    public CompletableFuture<Receipt> joinRoom(Ref room, Ref user) {
        return receipt(request("join_room").ref("room", room).ref("user", user));
    }

    /**
     * As {@link Node#leaveRoom(Ref, Ref)}.
     *
     * @param room the room
     * @param user the user
     * @return its receipt
     */
    public CompletableFuture<Receipt> leaveRoom(Ref room, Ref user) {
        return receipt(request("leave_room").ref("room", room).ref("user", user));
    }

    /**
     * As {@link Node#publishMessage(NewMessage)}.
     *
     * @param message the message
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishMessage(NewMessage message) {
        return receipt(message(request("publish_message"), message));
    }

    /**
     * As {@link Node#publishMessage(String, String, String)}.
     *
     * @param room the room's id
     * @param sender the id of one of the application's own users
     * @param text the text
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishMessage(String room, String sender, String text) {
        return publishMessage(NewMessage.of(room, sender, text));
    }

    /**
     * As {@link Node#publishMessage(ExternalId, String, String)}.
     *
     * @param room the room's external id
     * @param sender the id of one of the application's own users
     * @param text the text
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishMessage(ExternalId room, String sender, String text) {
        return publishMessage(NewMessage.of(room, sender, text));
    }

    /**
     * As {@link Node#publishMessages(List)}.
     *
     * @param messages the messages, in their order
     * @return of each, in the same order, its receipt or why it was refused
     */
    public CompletableFuture<List<Published>> publishMessages(List<NewMessage> messages) {
        Objects.requireNonNull(messages, "messages");
        return list(request("publish_messages").list(messages, AsyncNode::message), Answers::published);
    }

    /**
     * As {@link Node#handle(Request)}.
     *
     * @param inbound what came
     * @return what to answer
     */
    public CompletableFuture<Response> handle(Request inbound) {
        Objects.requireNonNull(inbound, "inbound");
        return desk.submit(write(request("handle"), inbound), Answers::response);
    }

    /**
     * As {@link Node#bind(BindKind, ExternalId, String)}.
     *
     * @param kind user or room
     * @param external its external id
     * @param local what the application calls it
     * @return when it is on disk
     */
    public CompletableFuture<Void> bind(BindKind kind, ExternalId external, String local) {
        Objects.requireNonNull(kind, "kind");
        return desk.submit(
                request("bind").text("kind", kind.text()).external("external", external).text("local", local), from -> null);
    }

    /**
     * As {@link Node#delivery(UUID)}.
     *
     * @param eventId the event id of its receipt
     * @return where it stands at each platform; empty when it is not known any more
     */
    public CompletableFuture<List<Delivery>> delivery(UUID eventId) {
        return list(request("delivery").eventId("eventId", eventId), Answers::delivery);
    }

    /**
     * As {@link Node#status()}.
     *
     * @return that
     */
    public CompletableFuture<Status> status() {
        return desk.submit(request("status"), Answers::status);
    }

    /**
     * As {@link Node#check()}.
     *
     * @return what is wrong; empty if nothing is
     */
    public CompletableFuture<List<Finding>> check() {
        return list(request("check"), Answers::finding);
    }

    /**
     * As {@link Node#deadLetters(DeadLetters)}.
     *
     * @param which which of them
     * @return them
     */
    public CompletableFuture<List<DeadLetter>> deadLetters(DeadLetters which) {
        return list(chosen(which, "dead_letters"), Answers::deadLetter);
    }

    /**
     * As {@link Node#retry(DeadLetters)}.
     *
     * @param which which of them
     * @return how many
     */
    public CompletableFuture<Long> retry(DeadLetters which) {
        return desk.submit(chosen(which, "retry"), Reader::i64);
    }

    /**
     * As {@link Node#drop(DeadLetters)}.
     *
     * @param which which of them
     * @return how many
     */
    public CompletableFuture<Long> drop(DeadLetters which) {
        return desk.submit(chosen(which, "drop"), Reader::i64);
    }

    /**
     * As {@link Node#syncNow(String)}.
     *
     * @param platform which; null for all
     * @return how many users were new, renamed or gone
     */
    public CompletableFuture<Integer> syncNow(String platform) {
        return desk.submit(request("sync_now").option(platform, (to, name) -> to.text("platform", name)), Reader::i32);
    }

    /**
     * As {@link Node#nextEvents(int, Duration)}.
     *
     * @param max at most so many
     * @param timeout how long to wait until there is one
     * @return them, in the order of each room
     */
    public CompletableFuture<List<Event>> nextEvents(int max, Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        return list(request("next_events").i32(Math.max(1, max)).patience(timeout), from -> Answers.event(from, lookup));
    }

    /**
     * As {@link Node#ack(Collection)}.
     *
     * @param eventIds their ids
     * @return of each whether it was still the caller's
     */
    public CompletableFuture<List<Boolean>> ack(Collection<UUID> eventIds) {
        Objects.requireNonNull(eventIds, "eventIds");
        return list(request("ack").list(eventIds, AsyncNode::id), Reader::flag);
    }

    /**
     * As {@link Node#nack(Collection, String)}.
     *
     * @param eventIds their ids
     * @param why the reason, for people
     * @return of each whether it was still the caller's
     */
    public CompletableFuture<List<Boolean>> nack(Collection<UUID> eventIds, String why) {
        Objects.requireNonNull(eventIds, "eventIds");
        return list(request("nack").list(eventIds, AsyncNode::id).text("why", why), Reader::flag);
    }

    private Writer chosen(DeadLetters which, String operation) {
        return Objects.requireNonNull(which, "which").write(request(operation));
    }

    private static void user(Writer to, Map.Entry<String, String> user) {
        to.text("id", user.getKey()).text("name", user.getValue());
    }

    private static void members(Writer to, Map.Entry<String, ? extends Collection<String>> of) {
        to.text("platform", of.getKey()).list(Objects.requireNonNull(of.getValue(), "members"), (ids, id) -> ids.text("members", id));
    }

    private static void id(Writer to, UUID id) {
        to.eventId("eventIds", id);
    }

    private static Writer message(Writer to, NewMessage message) {
        Objects.requireNonNull(message, "message");
        return to.ref("room", message.room())
                .ref("sender", message.sender())
                .text("text", message.text())
                .option(message.key(), (on, key) -> on.text("key", key))
                .option(message.sentAt(), Writer::time)
                .option(message.replyTo(), (on, id) -> on.eventId("replyTo", id))
                .option(message.traceparent(), (on, trace) -> on.text("traceparent", trace))
                .list(message.attachments(), AsyncNode::attachment);
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
    private static Writer write(Writer to, Request request) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        request.headers().forEach((name, values) -> values.forEach(value -> headers.add(Map.entry(name, value))));
        return to.text("method", request.method())
                .lossy(request.path())
                .lossy(request.query())
                .list(headers, (on, header) -> on.lossy(header.getKey()).lossy(header.getValue()))
                .bytes(request.body());
    }
}
