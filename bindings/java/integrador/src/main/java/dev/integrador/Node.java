package dev.integrador;

import dev.integrador.internal.Native;
import dev.integrador.internal.NodeAccess;
import dev.integrador.internal.Reader;
import dev.integrador.internal.Writer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * One node: the handle through which an application uses all of this. It may be used by any number of threads.
 *
 * <pre>{@code
 * try (Node node = Node.builder("GWT_CHAT").store(Path.of("gwt.db")).platforms(Path.of("platforms.json")).open()) {
 *     node.publishUser("3", "Ana");
 *     node.publishRoom("7", "Plaza", RoomKind.PUBLIC);
 *     node.start(IntegradorListener.messages(message -> System.out.println(message.senderName() + ": " + message.text())));
 *     node.publishMessage("7", "3", "¿Quién viene al partido?");
 * }
 * }</pre>
 *
 * <p>Ids of the application's own are texts, 1 to 255 characters. What waits for the disk or the network holds no carrier of a virtual
 * thread; {@link #async()} has the same as futures. Everything throws {@link IntegradorException}, and a {@link NullPointerException}
 * that names the argument where one is null.
 */
public final class Node implements AutoCloseable, Lookup {
    static {
        NodeAccess.provide(new NodeAccess() {
            @Override
            public Node around(LongSupplier opens) {
                return Node.around(opens);
            }

            @Override
            public boolean listens(Node node) {
                return node.pump.get() != null;
            }
        });
    }

    private final long handle;
    private final String name;
    private final Desk desk;
    private final AsyncNode async;
    private final AtomicReference<Pump> pump = new AtomicReference<>();
    private Thread closing;

    Node(long handle) {
        this.handle = handle;
        name = ask("name").text();
        desk = new Desk(this, handle);
        async = new AsyncNode(desk, this);
    }

    /**
     * A node for an application.
     *
     * @param platform its platform's name, as the others' registries spell it: 1 to 64 characters, no colon
     * @return what configures it
     */
    public static Builder builder(String platform) {
        return new Builder().option("platform", Objects.requireNonNull(platform, "platform"));
    }

    /**
     * A node whose platform is an option among others, for whoever reads all of them from a file.
     *
     * @return what configures it: give it {@code platform}, or {@code name} for a node without users of its own
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A node without users of its own, which hosts plain platforms.
     *
     * @param name its name: 1 to 64 characters, no colon
     * @return what configures it
     */
    public static Builder standalone(String name) {
        return new Builder().option("name", Objects.requireNonNull(name, "name"));
    }

    private Reader ask(String call) {
        return Native.ask(request(call));
    }

    private Writer request(String call) {
        return Writer.of(call).i64(handle);
    }

    /**
     * The operations that wait, as futures.
     *
     * @return them
     */
    public AsyncNode async() {
        return async;
    }

    /**
     * The node's name.
     *
     * @return its platform's name, or its own if it is standalone
     */
    public String name() {
        return name;
    }

    // ---- what is published, and what waits otherwise

    /**
     * Announces one of the application's own users, or its new name. What has not changed is not sent.
     *
     * @param id what the application calls it, 1 to 255 characters
     * @param name the name to show, at most 255 characters
     * @return its receipt
     * @throws IntegradorException of kind {@code INVALID}, {@code FORBIDDEN} (a standalone node), {@code STORE},
     *     {@code CLOSED}
     */
    public Receipt publishUser(String id, String name) {
        return desk.wait(Operations.publishUser(NewUser.of(id, name)));
    }

    /**
     * Replaces the list of the application's own users: only what is new, renamed or gone is sent, so it may be
     * called at each start.
     *
     * @param users their names by their ids
     * @return how many were new, renamed or gone
     * @throws IntegradorException of kind {@code INVALID}, {@code FORBIDDEN} (a standalone node), {@code STORE},
     *     {@code CLOSED}
     */
    public int publishUsers(Map<String, String> users) {
        return desk.wait(Operations.publishUsers(users));
    }

    /**
     * Announces one of the application's own rooms. It is compared with the application's own last call, and
     * only the difference is applied to the room as it is: who joined from elsewhere stays in.
     *
     * @param id what the application calls it, 1 to 255 characters
     * @param name the name to show; may be empty
     * @param kind private or public
     * @param members the ids of the members, by platform: {@code {"GWT_CHAT": ["3"], "BuasApp": ["1"]}}
     * @return its receipt
     * @throws IntegradorException of kind {@code INVALID}, {@code UNKNOWN_PLATFORM}, {@code FORBIDDEN}, {@code
     *     STORE}, {@code CLOSED}
     */
    public Receipt publishRoom(
            String id, String name, RoomKind kind, Map<String, ? extends Collection<String>> members) {
        return desk.wait(Operations.publishRoom(id, name, kind, members));
    }

    /**
     * The same without members, as public rooms are.
     *
     * @param id what the application calls it, 1 to 255 characters
     * @param name the name to show; may be empty
     * @param kind private or public
     * @return its receipt
     * @throws IntegradorException as above
     */
    public Receipt publishRoom(String id, String name, RoomKind kind) {
        return publishRoom(id, name, kind, Map.of());
    }

    /**
     * The same for a user with an avatar, or with more that the application carries. Who has one and is announced without it has
     * none any more.
     *
     * @param user the user
     * @return its receipt
     * @throws IntegradorException of kind {@code INVALID}, {@code UNKNOWN_PLATFORM}, {@code FORBIDDEN}, {@code
     *     STORE}, {@code CLOSED}
     */
    public Receipt publishUser(NewUser user) {
        return desk.wait(Operations.publishUser(user));
    }

    /**
     * The same for users with avatars, or with more that the application carries.
     *
     * @param users all of them
     * @return how many were new, changed or gone
     * @throws IntegradorException of kind {@code INVALID}, {@code UNKNOWN_PLATFORM}, {@code FORBIDDEN}, {@code
     *     STORE}, {@code CLOSED}
     */
    public int publishUsers(Collection<NewUser> users) {
        return desk.wait(Operations.publishUsers(users));
    }

    /**
     * The same for a room with an avatar, with more that the application carries, or from which it bars somebody. What is not
     * said again holds no more.
     *
     * @param room the room
     * @return its receipt
     * @throws IntegradorException of kind {@code INVALID}, {@code UNKNOWN_PLATFORM}, {@code FORBIDDEN}, {@code
     *     STORE}, {@code CLOSED}
     */
    public Receipt publishRoom(NewRoom room) {
        return desk.wait(Operations.publishRoom(room));
    }

    /**
     * One of the application's own users joins a public room of another platform.
     *
     * @param room the room
     * @param user the user
     * @return its receipt
     * @throws IntegradorException of kind {@code UNKNOWN_ROOM}, {@code FORBIDDEN} (it is private), {@code
     *     INVALID}, {@code STORE}, {@code CLOSED}
     */
    public Receipt joinRoom(Ref room, Ref user) {
        return desk.wait(Operations.joinRoom(room, user));
    }

    /**
     * The same by the ids that it usually has at hand: one of the application's own users joins a public room of any platform.
     *
     * @param room the room's external id
     * @param user the user's own id
     * @return its receipt
     * @throws IntegradorException as above
     */
    public Receipt joinRoom(ExternalId room, String user) {
        return joinRoom(room, Ref.own(user));
    }

    /**
     * One of the application's own users leaves a room of another platform.
     *
     * @param room the room
     * @param user the user
     * @return its receipt
     * @throws IntegradorException of kind {@code UNKNOWN_ROOM}, {@code NOT_A_MEMBER}, {@code INVALID}, {@code
     *     STORE}, {@code CLOSED}
     */
    public Receipt leaveRoom(Ref room, Ref user) {
        return desk.wait(Operations.leaveRoom(room, user));
    }

    /**
     * The same by the ids that it usually has at hand: one of the application's own users leaves a room of any platform.
     *
     * @param room the room's external id
     * @param user the user's own id
     * @return its receipt
     * @throws IntegradorException as above
     */
    public Receipt leaveRoom(ExternalId room, String user) {
        return leaveRoom(room, Ref.own(user));
    }

    /**
     * Publishes a message of one of the application's own users. It is on disk when this returns, and will
     * arrive, whoever is down now.
     *
     * @param message the message
     * @return its receipt
     * @throws IntegradorException of kind {@code UNKNOWN_ROOM}, {@code NOT_A_MEMBER}, {@code CONFLICT} (the key
     *     was used for another content), {@code INVALID}, {@code TOO_LARGE}, {@code FORBIDDEN} (a standalone node),
     *     {@code STORE}, {@code CLOSED}
     */
    public Receipt publishMessage(NewMessage message) {
        return desk.wait(Operations.publishMessage(message));
    }

    /**
     * The same for a room by the application's own id, or by a local one that is bound.
     *
     * @param room the room's id
     * @param sender the id of one of the application's own users
     * @param text the text
     * @return its receipt
     * @throws IntegradorException as above
     */
    public Receipt publishMessage(String room, String sender, String text) {
        return publishMessage(NewMessage.of(room, sender, text));
    }

    /**
     * The same for a room of any platform.
     *
     * @param room the room's external id
     * @param sender the id of one of the application's own users
     * @param text the text
     * @return its receipt
     * @throws IntegradorException as above
     */
    public Receipt publishMessage(ExternalId room, String sender, String text) {
        return publishMessage(NewMessage.of(room, sender, text));
    }

    /**
     * Gives a message of the application's own another text; its attachments stay. At a platform that knows no edits it is a message that
     * answers the edited one. Nothing is sent if the message was deleted.
     *
     * @param eventId the message's, as its receipt has it
     * @param sender who edits it, one of the application's own users
     * @param text the text that it has from now on
     * @return its receipt
     * @throws IntegradorException of kind {@code UNKNOWN_MESSAGE} (not among the last 100,000 of its platform), {@code
     *     NOT_A_MEMBER}, {@code FORBIDDEN}, {@code INVALID}, {@code STORE}, {@code CLOSED}
     */
    public Receipt editMessage(UUID eventId, Ref sender, String text) {
        return desk.wait(Operations.editMessage(eventId, sender, text, null, null));
    }

    /**
     * The same with other attachments in place of those that it had.
     *
     * @param eventId the message's
     * @param sender who edits it
     * @param text the text
     * @param attachments an empty list takes them away
     * @return its receipt
     * @throws IntegradorException of kind {@code UNKNOWN_MESSAGE} (not among the last 100,000 of its platform), {@code
     *     NOT_A_MEMBER}, {@code FORBIDDEN}, {@code INVALID}, {@code STORE}, {@code CLOSED}
     */
    public Receipt editMessage(UUID eventId, Ref sender, String text, List<Attachment> attachments) {
        return desk.wait(Operations.editMessage(eventId, sender, text, Objects.requireNonNull(attachments, "attachments"), null));
    }

    /**
     * The same with other attachments, and with what the application carries.
     *
     * @param eventId the message's
     * @param sender who edits it
     * @param text the text
     * @param attachments in place of those that it had, or null: they stay
     * @param ext in place of what the message carried, or null: that stays
     * @return its receipt
     * @throws IntegradorException of kind {@code INVALID}, {@code UNKNOWN_PLATFORM}, {@code FORBIDDEN}, {@code
     *     STORE}, {@code CLOSED}
     */
    public Receipt editMessage(
            UUID eventId, Ref sender, String text, List<Attachment> attachments, Map<String, ?> ext) {
        return desk.wait(Operations.editMessage(eventId, sender, text, attachments, ext));
    }

    /**
     * Deletes a message of the application's own everywhere, for good. Nothing is sent if it was deleted before. A platform that knows no
     * deletes keeps it, and its delivery is {@code UNSUPPORTED}.
     *
     * @param eventId the message's
     * @param sender who deletes it, one of the application's own users
     * @return its receipt
     * @throws IntegradorException of kind {@code UNKNOWN_MESSAGE} (not among the last 100,000 of its platform), {@code
     *     NOT_A_MEMBER}, {@code FORBIDDEN}, {@code INVALID}, {@code STORE}, {@code CLOSED}
     */
    public Receipt deleteMessage(UUID eventId, Ref sender) {
        return desk.wait(Operations.deleteMessage(eventId, sender, null));
    }

    /**
     * The same for anybody's message in a room of the application's own.
     *
     * @param eventId the message's
     * @param sender who deletes it
     * @param ofPlatform whose user wrote it
     * @return its receipt
     * @throws IntegradorException of kind {@code UNKNOWN_MESSAGE} (not among the last 100,000 of its platform), {@code
     *     NOT_A_MEMBER}, {@code FORBIDDEN}, {@code INVALID}, {@code STORE}, {@code CLOSED}
     */
    public Receipt deleteMessage(UUID eventId, Ref sender, String ofPlatform) {
        return desk.wait(Operations.deleteMessage(eventId, sender, Objects.requireNonNull(ofPlatform, "ofPlatform")));
    }

    /**
     * Has one of the application's own users react to a message, or take a reaction back. Nothing is sent if it is so already.
     *
     * @param eventId the message's
     * @param ofPlatform whose user wrote it
     * @param sender who reacts
     * @param emoji 1 to 32 bytes of UTF-8
     * @param on false: it is taken back
     * @return its receipt
     * @throws IntegradorException of kind {@code UNKNOWN_MESSAGE} (not among the last 100,000 of its platform), {@code
     *     NOT_A_MEMBER}, {@code FORBIDDEN}, {@code INVALID}, {@code STORE}, {@code CLOSED}
     */
    public Receipt react(UUID eventId, String ofPlatform, Ref sender, String emoji, boolean on) {
        return desk.wait(Operations.react(eventId, ofPlatform, sender, emoji, on));
    }

    /**
     * Publishes many messages for less than as many calls cost: for an import, or what has gathered meanwhile.
     * Each stands for itself, and a refused one keeps none of the others out. Give each a key, and the whole can
     * be repeated whatever happened.
     *
     * @param messages the messages, in their order
     * @return of each, in the same order, its receipt or why it was refused
     * @throws IntegradorException of the whole call: {@code FORBIDDEN} (a standalone node), {@code CLOSED}
     */
    public List<Published> publishMessages(List<NewMessage> messages) {
        return desk.wait(Operations.publishMessages(messages));
    }

    /**
     * Answers a request of another platform: what the application mounts in its web framework. {@code
     * integrador-servlet} does it.
     *
     * @param inbound what came
     * @return what to answer
     * @throws IntegradorException of kind {@code INVALID} (the method is none), {@code CLOSED}
     */
    public Response handle(Request inbound) {
        return desk.wait(Operations.handle(inbound));
    }

    /**
     * Notes what the application calls a user or a room of another platform: one to one, and on disk when it
     * returns. Doing it again does nothing.
     *
     * @param kind user or room
     * @param external its external id
     * @param local what the application calls it
     * @throws IntegradorException of kind {@code CONFLICT} (bound otherwise, or an own id already), {@code
     *     INVALID}, {@code STORE}, {@code CLOSED}
     */
    public void bind(BindKind kind, ExternalId external, String local) {
        desk.wait(Operations.bind(kind, external, local));
    }

    /**
     * Where a publication stands, for 24 hours ({@code receipt_retention}) after the last platform has it.
     *
     * @param eventId the event id of its receipt
     * @return where it stands at each platform; empty when it is not known any more
     * @throws IntegradorException of kind {@code STORE}, {@code CLOSED}
     */
    public List<Delivery> delivery(UUID eventId) {
        return desk.wait(Operations.delivery(eventId));
    }

    /**
     * How the node and the platforms around it stand.
     *
     * @return that
     * @throws IntegradorException of kind {@code STORE}, {@code CLOSED}
     */
    public Status status() {
        return desk.wait(Operations.status());
    }

    /**
     * Looks for what is wrong with the registry and the platforms in it; asks each of them, for some seconds at
     * most.
     *
     * @return what is wrong; empty if nothing is
     * @throws IntegradorException of kind {@code STORE}, {@code CLOSED}
     */
    public List<Finding> check() {
        return desk.wait(Operations.check());
    }

    /**
     * What will not arrive unless somebody retries it.
     *
     * @param which which of them
     * @return them
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}, {@code STORE}, {@code CLOSED}
     */
    public List<DeadLetter> deadLetters(DeadLetters which) {
        return desk.wait(Operations.deadLetters(which));
    }

    /**
     * Sends dead letters once more; who gets one that is late is told so.
     *
     * @param which which of them
     * @return how many
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}, {@code STORE}, {@code CLOSED}
     */
    public long retry(DeadLetters which) {
        return desk.wait(Operations.retry(which));
    }

    /**
     * Forgets dead letters.
     *
     * @param which which of them
     * @return how many
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}, {@code STORE}, {@code CLOSED}
     */
    public long drop(DeadLetters which) {
        return desk.wait(Operations.drop(which));
    }

    /**
     * Imports the users of other platforms now; otherwise it is done every {@code sync_interval} and after each
     * reconnect.
     *
     * @param platform which; null for all
     * @return how many users were new, renamed or gone
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}, {@code TRANSPORT}, {@code STORE}, {@code
     *     CLOSED}
     */
    public int syncNow(String platform) {
        return desk.wait(Operations.syncNow(platform));
    }

    /**
     * Takes events, for an application that acknowledges them itself; {@link Node#start} and {@link
     * Node#consumer} are simpler. A room belongs to one taker at a time. What is not acknowledged within {@code
     * handler_timeout} comes again.
     *
     * @param max at most so many
     * @param timeout how long to wait until there is one
     * @return them, in the order of each room
     * @throws IntegradorException of kind {@code STORE}, {@code CLOSED}
     */
    public List<Event> nextEvents(int max, Duration timeout) {
        return desk.wait(Operations.nextEvents(max, timeout, this));
    }

    /**
     * Acknowledges events: once this returns they never come again.
     *
     * @param eventIds their ids
     * @return of each whether it was still the caller's
     * @throws IntegradorException of kind {@code STORE}, {@code CLOSED}
     */
    public List<Boolean> ack(Collection<UUID> eventIds) {
        return desk.wait(Operations.ack(eventIds));
    }

    /**
     * Gives events back that could not be handled: they come again after a backoff, with the later ones of their
     * rooms.
     *
     * @param eventIds their ids
     * @param why the reason, for people
     * @return of each whether it was still the caller's
     * @throws IntegradorException of kind {@code STORE}, {@code CLOSED}
     */
    public List<Boolean> nack(Collection<UUID> eventIds, String why) {
        return desk.wait(Operations.nack(eventIds, why));
    }

    /**
     * The same for all platforms.
     *
     * @return how many users were new, renamed or gone
     * @throws IntegradorException as above
     */
    public int syncNow() {
        return syncNow(null);
    }

    // ---- who takes part

    /**
     * Makes an invite: one line of text by which one platform joins, once, within 24 hours.
     *
     * @param url where others reach this node; null: where it listens, if that is a single address
     * @return the invite
     * @throws IntegradorException of kind {@code INVALID}, {@code CONFLICT}, {@code STORE}, {@code CLOSED}
     */
    public Invite invite(String url) {
        return desk.wait(Operations.invite(url));
    }

    /**
     * Lists the invites.
     *
     * @return the invites that have not expired, used ones too
     * @throws IntegradorException of kind {@code STORE}, {@code CLOSED}
     */
    public List<InviteInfo> invites() {
        return desk.wait(Operations.invites());
    }

    /**
     * Makes an invite void.
     *
     * @param id by what it is listed
     * @throws IntegradorException of kind {@code INVALID}: there is none of this id; {@code STORE}, {@code CLOSED}
     */
    public void revokeInvite(String id) {
        desk.wait(Operations.revokeInvite(id));
    }

    /**
     * Joins by an invite: from now on this node knows everybody whom the inviter knows, and is known to them. If it is not
     * known whether this has worked, call it again with the same arguments.
     *
     * @param invite the line that the other side made
     * @param url where others reach this node; null: where it listens, if that is a single address
     * @return whom this node knows by it
     * @throws IntegradorException of kind {@code UNAUTHORIZED}: the invite is used, expired or unknown; {@code CONFLICT}: the name is
     *     taken; {@code FORBIDDEN}, {@code INVALID}, {@code TRANSPORT}, {@code STORE}, {@code CLOSED}
     */
    public Joined join(String invite, String url) {
        return desk.wait(Operations.join(invite, url));
    }

    /**
     * Has two nodes that this one knows get to know each other, if they don't.
     *
     * @param a one node that this one knows
     * @param b another
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}, {@code INVALID}, {@code STORE}, {@code CLOSED}
     */
    public void introduce(String a, String b) {
        desk.wait(Operations.introduce(a, b));
    }

    /**
     * Lets in a platform that was introduced and waits ({@link Status#introductions}).
     *
     * @param name the platform
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}, {@code STORE}, {@code CLOSED}
     */
    public void acceptIntroduction(String name) {
        desk.wait(Operations.acceptIntroduction(name));
    }

    /**
     * Does not let in a platform that was introduced and waits.
     *
     * @param name the platform
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}, {@code STORE}, {@code CLOSED}
     */
    public void refuseIntroduction(String name) {
        desk.wait(Operations.refuseIntroduction(name));
    }

    /**
     * Adds a platform without the library, whose gateway this node is from now on.
     *
     * @param name its name
     * @param endpoint where it is reached
     * @return the token with which it posts: send it privately
     * @throws IntegradorException of kind {@code CONFLICT}: the name is taken; {@code INVALID}, {@code STORE}, {@code CLOSED}
     */
    public String addPlatform(String name, String endpoint) {
        return desk.wait(Operations.addPlatform(name, endpoint));
    }

    /**
     * Replaces the token shared with a platform that joined or was added. For 24 hours both are good.
     *
     * @param platform which
     * @return the new token of a platform without the library, to be given to it; null for a node, which is told
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}; {@code CONFLICT}: the registry file names it, or the last change is
     *     not confirmed yet; {@code STORE}, {@code CLOSED}
     */
    public String rotateToken(String platform) {
        return desk.wait(Operations.rotateToken(platform));
    }

    /**
     * Removes a platform that joined or was added: nothing of it is accepted any more, and what waits for it becomes dead
     * letters.
     *
     * @param name the platform
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}; {@code CONFLICT}: the registry file names it; {@code STORE}, {@code
     *     CLOSED}
     */
    public void removePlatform(String name) {
        desk.wait(Operations.removePlatform(name));
    }

    // ---- what comes

    /**
     * Calls the listener for what happens elsewhere, on a daemon thread, until {@link #stop} or {@link #close}. A listener that was
     * started before is stopped first.
     *
     * @param listener what the application does
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public void start(IntegradorListener listener) {
        start(listener, 1);
    }

    /**
     * The same on several threads: each room belongs to one of them at a time.
     *
     * @param listener what the application does
     * @param threads how many, at least 1
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public void start(IntegradorListener listener, int threads) {
        Objects.requireNonNull(listener, "listener");
        if (threads < 1) {
            throw new IntegradorException(ErrorKind.INVALID, "`threads`: expected at least 1", "threads", false, null);
        }
        stop();
        // Another thread may have started one since.
        stop(pump.getAndSet(new Pump(this, listener, threads)));
    }

    /**
     * Ends the calls of the listener; waits until it has returned, for 10 s at most. Called by the listener itself it does not wait
     * for that, nor does it where it hangs on a future of {@link #async()}.
     */
    public void stop() {
        stop(pump.getAndSet(null));
    }

    private void stop(Pump running) {
        if (running != null) {
            running.stop(!desk.isCurrent());
        }
    }

    /**
     * The events one by one, for an application that has a loop of its own.
     *
     * @return a consumer, to be closed
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public Consumer consumer() {
        return new Consumer(handle, desk, this);
    }

    // ---- what is known, from memory

    /**
     * The platforms that take part.
     *
     * @return them, this application included
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public List<Platform> platforms() {
        return ask("platforms").list(Answers::platform);
    }

    /**
     * The users of all platforms.
     *
     * @return them, the application's own included
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public List<User> users() {
        return users(null);
    }

    /**
     * The users of one platform.
     *
     * @param platform its name; null for all
     * @return them
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}, {@code CLOSED}
     */
    public List<User> users(String platform) {
        Writer request = request("users").option(platform, (to, name) -> to.text("platform", name));
        return Native.ask(request).list(Answers::user);
    }

    /**
     * The rooms of all platforms that are known here.
     *
     * @return them, the application's own included
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public List<Room> rooms() {
        return ask("rooms").list(Answers::room);
    }

    /**
     * One room.
     *
     * @param room which
     * @return it, if it is known here
     * @throws IntegradorException of kind {@code INVALID}, {@code CLOSED}
     */
    public Optional<Room> room(Ref room) {
        return Optional.ofNullable(Native.ask(request("room").ref("room", room)).option(Answers::room));
    }

    /**
     * One room, by the application's own id or by a local one that is bound.
     *
     * @param room its id
     * @return it, if it is known here
     * @throws IntegradorException of kind {@code INVALID}, {@code CLOSED}
     */
    public Optional<Room> room(String room) {
        return room(Ref.own(room));
    }

    /**
     * {@inheritDoc}
     *
     * @throws IntegradorException of kind {@code UNKNOWN_ROOM}, {@code CLOSED}
     */
    @Override
    public List<String> recipients(Ref room) {
        return Native.ask(request("recipients").ref("room", room)).list(Reader::text);
    }

    /**
     * The application's own members of a room, by the application's own id or by a local one that is bound.
     *
     * @param room its id
     * @return their ids
     * @throws IntegradorException of kind {@code UNKNOWN_ROOM}, {@code CLOSED}
     */
    public List<String> recipients(String room) {
        return recipients(Ref.own(room));
    }

    /**
     * {@inheritDoc}
     *
     * @throws IntegradorException of kind {@code UNKNOWN_PLATFORM}, {@code CLOSED}
     */
    @Override
    public Optional<String> localId(BindKind kind, ExternalId external) {
        Objects.requireNonNull(kind, "kind");
        Writer request = request("local_id").text("kind", kind.text()).external("external", external);
        return Optional.ofNullable(Native.ask(request).option(Reader::text));
    }

    /**
     * The other way round: what everybody calls a user or a room.
     *
     * @param kind which of the two
     * @param local what the application calls it
     * @return its external id; nothing when neither an own one nor a bound one is called so
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public Optional<ExternalId> externalId(BindKind kind, String local) {
        Objects.requireNonNull(kind, "kind");
        Writer request = request("external_id").text("kind", kind.text()).text("local", local);
        return Optional.ofNullable(Native.ask(request).option(Reader::external));
    }

    /**
     * The node in figures.
     *
     * @return them, those of one name together
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public List<Metric> metrics() {
        return ask("metrics").list(Answers::metric);
    }

    /**
     * The node in figures, as Prometheus reads them.
     *
     * @return the text
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public String prometheus() {
        return ask("prometheus").text();
    }

    /**
     * Where the node's own listener can be reached.
     *
     * @return its address; nothing when it has none ({@link Builder#listen})
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public Optional<InetSocketAddress> localAddress() {
        return Optional.ofNullable(ask("local_addr").option(from -> new InetSocketAddress(from.text(), from.i32())));
    }

    // ---- the end

    /**
     * Whether it was closed.
     *
     * @return whether every call answers {@code CLOSED}
     */
    public boolean isClosed() {
        try {
            return ask("is_closed").flag();
        } catch (IntegradorException e) {
            return true;
        }
    }

    /**
     * Ends the listener and the node: finishes what is in flight, for at most {@code close_timeout} (20 s). Nothing that was
     * acknowledged is lost, here or where the process ends without it. Closing again does nothing.
     *
     * <p>Called by the listener, or where it hangs on a future of {@link #async()}, it returns at once, and the node closes as soon
     * as that has returned too.
     *
     * @throws IntegradorException of kind {@code STORE}: the node is closed all the same
     */
    @Override
    public void close() {
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        Thread closes;
        synchronized (this) {
            if (closing == null) {
                // A thread of its own: what waits here would hold the carrier of a virtual one.
                closing = Threads.daemon(this, "integrador-close-" + name, () -> shut(failure));
            }
            closes = closing;
        }
        // Of its own threads none waits for itself.
        if (!Threads.isOf(this)) {
            Threads.join(closes);
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private void shut(AtomicReference<RuntimeException> failure) {
        try {
            stop();
            ask("close");
        } catch (RuntimeException e) {
            failure.set(e);
        } finally {
            desk.finish();
            ask("release");
            LogForwarder.end();
        }
    }

    /** {@return such as {@code Node[GWT_CHAT]}} */
    @Override
    public String toString() {
        return "Node[" + name + "]";
    }

    /**
     * What configures a node. {@code store} must be given, and usually {@code platforms}; everything else has a default.
     *
     * <p>Every option that has no method here has a name, which {@link #option} takes: those of the configuration in JSON.
     */
    public static final class Builder {
        private final Map<String, Object> options = new LinkedHashMap<>();

        private Builder() {}

        /**
         * The file of the store, made if it isn't there; on a local file system. Several processes of one machine may share it.
         *
         * @param file the file; in its folder there will be others of similar names
         * @return this
         */
        public Builder store(Path file) {
            return option("store", file);
        }

        /**
         * The registry file ({@code platforms.json}), followed while running. Default: an empty registry.
         *
         * @param file the file
         * @return this
         */
        public Builder platforms(Path file) {
            return option("platforms", file);
        }

        /**
         * The address of the node's own listener, instead of a servlet of the application's: faster, and nothing to mount.
         *
         * @param address {@code HOST:PORT}; port 0 is any that is free
         * @return this
         */
        public Builder listen(String address) {
            return option("listen", address);
        }

        /**
         * How long an event is tried, and how long a message waits for its room, in time of running. After that it is a dead
         * letter.
         *
         * @param span more than zero; default 30 days
         * @return this
         */
        public Builder retention(Duration span) {
            return option("retention", span);
        }

        /**
         * How long the listener may take for an event. After that it has failed, and comes again.
         *
         * @param span more than zero; default 10 minutes
         * @return this
         */
        public Builder handlerTimeout(Duration span) {
            return option("handler_timeout", span);
        }

        /**
         * How often an event is handed to a listener that fails. After that it is a dead letter, and the next one of its room
         * proceeds.
         *
         * @param attempts at least 1; default 10
         * @return this
         */
        public Builder maxHandlerAttempts(int attempts) {
            return option("max_handler_attempts", attempts);
        }

        /**
         * How long {@link Node#close} waits for what is in flight. After that it is cut off, and sent again when the node is
         * opened.
         *
         * @param span zero: not at all; default 20 s
         * @return this
         */
        public Builder closeTimeout(Duration span) {
            return option("close_timeout", span);
        }

        /**
         * Any option, by its name.
         *
         * @param name as in JSON, such as {@code max_pending}, or {@code limits.text} for a part of one
         * @param value a text, a path, a number, a boolean, or a duration; null: its default
         * @return this
         */
        public Builder option(String name, Object value) {
            Objects.requireNonNull(name, "name");
            if (value == null) {
                options.remove(name);
            } else {
                options.put(name, value);
            }
            return this;
        }

        /**
         * Opens the node.
         *
         * @return the node, to be closed
         * @throws IntegradorException of kind {@code CONFIG} (an option or the registry file is wrong), {@code STORE} (the file
         *     can't be opened, or this process has it open already)
         */
        public Node open() {
            Writer request = Writer.of("open").list(options.entrySet(), (to, of) -> to.configured(of.getKey(), of.getValue()));
            return around(() -> Threads.waiting(() -> Native.ask(request).i64()));
        }
    }

    /** A node that is open already, or is opened by this. */
    static Node around(LongSupplier opens) {
        LogForwarder.begin();
        try {
            return of(opens.getAsLong());
        } catch (Throwable e) {
            LogForwarder.end();
            throw e;
        }
    }

    private static Node of(long handle) {
        try {
            return new Node(handle);
        } catch (Throwable e) {
            // There may be no thread to be had. Nobody else could close it, and its store would stay open.
            Native.ask(Writer.of("close").i64(handle));
            Native.ask(Writer.of("release").i64(handle));
            throw e;
        }
    }
}
