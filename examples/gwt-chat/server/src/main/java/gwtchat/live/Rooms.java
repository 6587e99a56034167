package gwtchat.live;

import gwtchat.model.Conversation;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Session;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The socket rooms: one for each conversation, with the pages of those who may see it. A message is handed to its room,
 * whoever is in it; nobody has to be looked up.
 *
 * <p>What is shown is read and handed out in one turn ({@link #inTurn}), so that no page is left with a state that
 * another thread has read earlier.
 */
public final class Rooms implements AutoCloseable {
    private final Set<Page> pages = new HashSet<>();
    private final Map<String, Set<Page>> rooms = new HashMap<>();
    private final ScheduledExecutorService sender;

    public Rooms() {
        // What is to be sent after the end is sent to nobody.
        sender = new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "rooms"), new ThreadPoolExecutor.DiscardPolicy());
        sender.scheduleWithFixedDelay(this::ping, 20, 20, TimeUnit.SECONDS);
    }

    private void ping() {
        inTurn(() -> Set.copyOf(pages)).forEach(Page::ping);
    }

    public Page page(Session session, String user, String token) {
        return new Page(session, user, token, sender);
    }

    public synchronized void inTurn(Runnable work) {
        work.run();
    }

    public synchronized <T> T inTurn(Supplier<T> work) {
        return work.get();
    }

    /** A page begins: it gets this greeting first, and is in the rooms of these conversations. */
    public synchronized void enter(Page page, Object greeting, Collection<Conversation> conversations) {
        pages.add(page);
        for (Conversation c : conversations) {
            rooms.computeIfAbsent(c.id(), id -> new HashSet<>()).add(page);
        }
        page.tell(Json.write(greeting));
    }

    public synchronized void leave(Page page) {
        pages.remove(page);
        rooms.values().forEach(room -> room.remove(page));
        rooms.values().removeIf(Set::isEmpty);
    }

    /** Tells the pages of those who may see this conversation. */
    public synchronized void tell(String conversation, Object push) {
        tell(rooms.getOrDefault(conversation, Set.of()), push);
    }

    /** A conversation is new or has changed; the pages of who was in it learn that too, and then leave its room. */
    public synchronized void tellChanged(Conversation conversation, Object push) {
        Set<Page> now = new HashSet<>(pages);
        now.removeIf(page -> !conversation.admits(page.user()));
        Set<Page> concerned = new HashSet<>(now);
        concerned.addAll(rooms.getOrDefault(conversation.id(), Set.of()));
        tell(concerned, push);
        if (now.isEmpty()) {
            rooms.remove(conversation.id());
        } else {
            rooms.put(conversation.id(), now);
        }
    }

    /** Tells all pages of one person. */
    public synchronized void tellPerson(String user, Object push) {
        Set<Page> theirs = new HashSet<>(pages);
        theirs.removeIf(page -> !page.user().equals(user));
        tell(theirs, push);
    }

    public synchronized void tellAll(Object push) {
        tell(pages, push);
    }

    private void tell(Set<Page> to, Object push) {
        if (!to.isEmpty()) {
            String json = Json.write(push);
            to.forEach(page -> page.tell(json));
        }
    }

    /** A session has ended, and with it all pages that it had opened. */
    public synchronized void end(String session) {
        Set<Page> theirs = new HashSet<>(pages);
        theirs.removeIf(page -> !page.isOf(session));
        theirs.forEach(page -> hangUp(page, CloseCodes.VIOLATED_POLICY, "the session has ended"));
    }

    @Override
    public synchronized void close() {
        Set.copyOf(pages).forEach(page -> hangUp(page, CloseCodes.GOING_AWAY, "the chat closes"));
        sender.shutdown();
    }

    private void hangUp(Page page, CloseCodes code, String why) {
        leave(page);
        page.close(code, why);
    }
}
