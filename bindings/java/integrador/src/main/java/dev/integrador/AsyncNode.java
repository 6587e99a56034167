package dev.integrador;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * The operations of a {@link Node} that wait, as futures: each returns at once and holds no thread meanwhile. What they do, and what
 * is wrong where one ends with an {@link IntegradorException}, is said at the method of the same name there.
 *
 * <p>They begin in the order in which they are called. What is hung onto a future without an executor
 * ({@link CompletableFuture#thenApply thenApply} and its like) may run on the one thread that completes all of them: let it be
 * short, or take the methods that end with {@code Async}. Waiting there for another future ({@link CompletableFuture#join join})
 * would wait for ever, and with it everything else that waits for this node: take {@link CompletableFuture#thenCompose thenCompose}.
 * A future that is cancelled is not waited for; what it stands for goes on.
 */
public final class AsyncNode {
    private final Desk desk;
    private final Lookup lookup;

    AsyncNode(Desk desk, Lookup lookup) {
        this.desk = desk;
        this.lookup = lookup;
    }

    /**
     * As {@link Node#publishUser(String, String)}.
     *
     * @param id what the application calls it, 1 to 255 characters
     * @param name the name to show, at most 255 characters
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishUser(String id, String name) {
        return desk.submit(Operations.publishUser(NewUser.of(id, name)));
    }

    /**
     * As {@link Node#publishUsers(Map)}.
     *
     * @param users their names by their ids
     * @return how many were new, renamed or gone
     */
    public CompletableFuture<Integer> publishUsers(Map<String, String> users) {
        return desk.submit(Operations.publishUsers(users));
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
    public CompletableFuture<Receipt> publishRoom(
            String id, String name, RoomKind kind, Map<String, ? extends Collection<String>> members) {
        return desk.submit(Operations.publishRoom(id, name, kind, members));
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
     * As {@link Node#publishUser(NewUser)}.
     *
     * @param user the user
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishUser(NewUser user) {
        return desk.submit(Operations.publishUser(user));
    }

    /**
     * As {@link Node#publishUsers(Collection)}.
     *
     * @param users all of them
     * @return how many were new, changed or gone
     */
    public CompletableFuture<Integer> publishUsers(Collection<NewUser> users) {
        return desk.submit(Operations.publishUsers(users));
    }

    /**
     * As {@link Node#publishRoom(NewRoom)}.
     *
     * @param room the room
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishRoom(NewRoom room) {
        return desk.submit(Operations.publishRoom(room));
    }

    /**
     * As {@link Node#joinRoom(Ref, Ref)}.
     *
     * @param room the room
     * @param user the user
     * @return its receipt
     */
    public CompletableFuture<Receipt> joinRoom(Ref room, Ref user) {
        return desk.submit(Operations.joinRoom(room, user));
    }

    /**
     * As {@link Node#joinRoom(ExternalId, String)}.
     *
     * @param room the room's external id
     * @param user the user's own id
     * @return its receipt
     */
    public CompletableFuture<Receipt> joinRoom(ExternalId room, String user) {
        return joinRoom(room, Ref.own(user));
    }

    /**
     * As {@link Node#leaveRoom(Ref, Ref)}.
     *
     * @param room the room
     * @param user the user
     * @return its receipt
     */
    public CompletableFuture<Receipt> leaveRoom(Ref room, Ref user) {
        return desk.submit(Operations.leaveRoom(room, user));
    }

    /**
     * As {@link Node#leaveRoom(ExternalId, String)}.
     *
     * @param room the room's external id
     * @param user the user's own id
     * @return its receipt
     */
    public CompletableFuture<Receipt> leaveRoom(ExternalId room, String user) {
        return leaveRoom(room, Ref.own(user));
    }

    /**
     * As {@link Node#publishMessage(NewMessage)}.
     *
     * @param message the message
     * @return its receipt
     */
    public CompletableFuture<Receipt> publishMessage(NewMessage message) {
        return desk.submit(Operations.publishMessage(message));
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
     * As {@link Node#editMessage(UUID, Ref, String)}.
     *
     * @param eventId the message's, as its receipt has it
     * @param sender who edits it, one of the application's own users
     * @param text the text that it has from now on
     * @return its receipt
     */
    public CompletableFuture<Receipt> editMessage(UUID eventId, Ref sender, String text) {
        return desk.submit(Operations.editMessage(eventId, sender, text, null, null));
    }

    /**
     * As {@link Node#editMessage(UUID, Ref, String, List)}.
     *
     * @param eventId the message's
     * @param sender who edits it
     * @param text the text
     * @param attachments an empty list takes them away
     * @return its receipt
     */
    public CompletableFuture<Receipt> editMessage(UUID eventId, Ref sender, String text, List<Attachment> attachments) {
        return desk.submit(Operations.editMessage(eventId, sender, text, Objects.requireNonNull(attachments, "attachments"), null));
    }

    /**
     * As {@link Node#editMessage(UUID, Ref, String, List, Map)}.
     *
     * @param eventId the message's
     * @param sender who edits it
     * @param text the text
     * @param attachments in place of those that it had, or null: they stay
     * @param ext in place of what the message carried, or null: that stays
     * @return its receipt
     */
    public CompletableFuture<Receipt> editMessage(
            UUID eventId, Ref sender, String text, List<Attachment> attachments, Map<String, ?> ext) {
        return desk.submit(Operations.editMessage(eventId, sender, text, attachments, ext));
    }

    /**
     * As {@link Node#deleteMessage(UUID, Ref)}.
     *
     * @param eventId the message's
     * @param sender who deletes it, one of the application's own users
     * @return its receipt
     */
    public CompletableFuture<Receipt> deleteMessage(UUID eventId, Ref sender) {
        return desk.submit(Operations.deleteMessage(eventId, sender, null));
    }

    /**
     * As {@link Node#deleteMessage(UUID, Ref, String)}.
     *
     * @param eventId the message's
     * @param sender who deletes it
     * @param ofPlatform whose user wrote it
     * @return its receipt
     */
    public CompletableFuture<Receipt> deleteMessage(UUID eventId, Ref sender, String ofPlatform) {
        return desk.submit(Operations.deleteMessage(eventId, sender, Objects.requireNonNull(ofPlatform, "ofPlatform")));
    }

    /**
     * As {@link Node#react(UUID, String, Ref, String, boolean)}.
     *
     * @param eventId the message's
     * @param ofPlatform whose user wrote it
     * @param sender who reacts
     * @param emoji 1 to 32 bytes of UTF-8
     * @param on false: it is taken back
     * @return its receipt
     */
    public CompletableFuture<Receipt> react(UUID eventId, String ofPlatform, Ref sender, String emoji, boolean on) {
        return desk.submit(Operations.react(eventId, ofPlatform, sender, emoji, on));
    }

    /**
     * As {@link Node#publishMessages(List)}.
     *
     * @param messages the messages, in their order
     * @return of each, in the same order, its receipt or why it was refused
     */
    public CompletableFuture<List<Published>> publishMessages(List<NewMessage> messages) {
        return desk.submit(Operations.publishMessages(messages));
    }

    /**
     * As {@link Node#handle(Request)}.
     *
     * @param inbound what came
     * @return what to answer
     */
    public CompletableFuture<Response> handle(Request inbound) {
        return desk.submit(Operations.handle(inbound));
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
        return desk.submit(Operations.bind(kind, external, local));
    }

    /**
     * As {@link Node#delivery(UUID)}.
     *
     * @param eventId the event id of its receipt
     * @return where it stands at each platform; empty when it is not known any more
     */
    public CompletableFuture<List<Delivery>> delivery(UUID eventId) {
        return desk.submit(Operations.delivery(eventId));
    }

    /**
     * As {@link Node#status()}.
     *
     * @return that
     */
    public CompletableFuture<Status> status() {
        return desk.submit(Operations.status());
    }

    /**
     * As {@link Node#check()}.
     *
     * @return what is wrong; empty if nothing is
     */
    public CompletableFuture<List<Finding>> check() {
        return desk.submit(Operations.check());
    }

    /**
     * As {@link Node#deadLetters(DeadLetters)}.
     *
     * @param which which of them
     * @return them
     */
    public CompletableFuture<List<DeadLetter>> deadLetters(DeadLetters which) {
        return desk.submit(Operations.deadLetters(which));
    }

    /**
     * As {@link Node#retry(DeadLetters)}.
     *
     * @param which which of them
     * @return how many
     */
    public CompletableFuture<Long> retry(DeadLetters which) {
        return desk.submit(Operations.retry(which));
    }

    /**
     * As {@link Node#drop(DeadLetters)}.
     *
     * @param which which of them
     * @return how many
     */
    public CompletableFuture<Long> drop(DeadLetters which) {
        return desk.submit(Operations.drop(which));
    }

    /**
     * As {@link Node#syncNow(String)}.
     *
     * @param platform which; null for all
     * @return how many users were new, renamed or gone
     */
    public CompletableFuture<Integer> syncNow(String platform) {
        return desk.submit(Operations.syncNow(platform));
    }

    /**
     * As {@link Node#invite(String)}.
     *
     * @param url where others reach this node; null: where it listens, if that is a single address
     * @return the invite
     */
    public CompletableFuture<Invite> invite(String url) {
        return desk.submit(Operations.invite(url));
    }

    /**
     * As {@link Node#invites()}.
     *
     * @return the invites that have not expired, used ones too
     */
    public CompletableFuture<List<InviteInfo>> invites() {
        return desk.submit(Operations.invites());
    }

    /**
     * As {@link Node#revokeInvite(String)}.
     *
     * @param id by what it is listed
     * @return when it is done
     */
    public CompletableFuture<Void> revokeInvite(String id) {
        return desk.submit(Operations.revokeInvite(id));
    }

    /**
     * As {@link Node#join(String, String)}.
     *
     * @param invite the line that the other side made
     * @param url where others reach this node; null: where it listens, if that is a single address
     * @return whom this node knows by it
     */
    public CompletableFuture<Joined> join(String invite, String url) {
        return desk.submit(Operations.join(invite, url));
    }

    /**
     * As {@link Node#introduce(String, String)}.
     *
     * @param a one node that this one knows
     * @param b another
     * @return when it is done
     */
    public CompletableFuture<Void> introduce(String a, String b) {
        return desk.submit(Operations.introduce(a, b));
    }

    /**
     * As {@link Node#acceptIntroduction(String)}.
     *
     * @param name the platform
     * @return when it is done
     */
    public CompletableFuture<Void> acceptIntroduction(String name) {
        return desk.submit(Operations.acceptIntroduction(name));
    }

    /**
     * As {@link Node#refuseIntroduction(String)}.
     *
     * @param name the platform
     * @return when it is done
     */
    public CompletableFuture<Void> refuseIntroduction(String name) {
        return desk.submit(Operations.refuseIntroduction(name));
    }

    /**
     * As {@link Node#addPlatform(String, String)}.
     *
     * @param name its name
     * @param endpoint where it is reached
     * @return the token with which it posts: send it privately
     */
    public CompletableFuture<String> addPlatform(String name, String endpoint) {
        return desk.submit(Operations.addPlatform(name, endpoint));
    }

    /**
     * As {@link Node#rotateToken(String)}.
     *
     * @param platform which
     * @return the new token of a platform without the library, to be given to it; null for a node, which is told
     */
    public CompletableFuture<String> rotateToken(String platform) {
        return desk.submit(Operations.rotateToken(platform));
    }

    /**
     * As {@link Node#removePlatform(String)}.
     *
     * @param name the platform
     * @return when it is done
     */
    public CompletableFuture<Void> removePlatform(String name) {
        return desk.submit(Operations.removePlatform(name));
    }

    /**
     * As {@link Node#nextEvents(int, Duration)}.
     *
     * @param max at most so many
     * @param timeout how long to wait until there is one
     * @return them, in the order of each room
     */
    public CompletableFuture<List<Event>> nextEvents(int max, Duration timeout) {
        return desk.submit(Operations.nextEvents(max, timeout, lookup));
    }

    /**
     * As {@link Node#ack(Collection)}.
     *
     * @param eventIds their ids
     * @return of each whether it was still the caller's
     */
    public CompletableFuture<List<Boolean>> ack(Collection<UUID> eventIds) {
        return desk.submit(Operations.ack(eventIds));
    }

    /**
     * As {@link Node#nack(Collection, String)}.
     *
     * @param eventIds their ids
     * @param why the reason, for people
     * @return of each whether it was still the caller's
     */
    public CompletableFuture<List<Boolean>> nack(Collection<UUID> eventIds, String why) {
        return desk.submit(Operations.nack(eventIds, why));
    }
}
