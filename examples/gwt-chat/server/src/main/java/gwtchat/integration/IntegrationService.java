package gwtchat.integration;

import dev.integrador.Attachment;
import dev.integrador.Delete;
import dev.integrador.Delivery;
import dev.integrador.DeliveryChange;
import dev.integrador.DeliveryState;
import dev.integrador.Edit;
import dev.integrador.ExternalId;
import dev.integrador.IntegradorListener;
import dev.integrador.Message;
import dev.integrador.Node;
import dev.integrador.PlatformChange;
import dev.integrador.Reaction;
import dev.integrador.Room;
import dev.integrador.RoomChange;
import dev.integrador.RoomKind;
import dev.integrador.User;
import dev.integrador.UserChange;
import gwtchat.Chat;
import gwtchat.model.Draft;
import gwtchat.model.Said;
import gwtchat.model.Tick;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores what comes from other platforms, and shows it to the open pages. What is thrown here comes again, and what was
 * done of it already is recognised: a message by its event id, the rest because storing it twice changes nothing.
 */
public final class IntegrationService implements IntegradorListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IntegrationService.class);
    /** A sender may claim any year; pages show those of our time. */
    private static final Instant LATEST = Instant.parse("2100-01-01T00:00:00Z");

    private final Chat chat;
    private final Node node;
    private final Runnable showPlatforms;
    private final AtomicBoolean listsOutdated = new AtomicBoolean();
    private final ScheduledExecutorService later;

    IntegrationService(Chat chat, Node node, Runnable showPlatforms) {
        this.chat = chat;
        this.node = node;
        this.showPlatforms = showPlatforms;
        later = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "integration-lists");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** What a crash may have swallowed: the node's own memory knows. */
    void catchUp() {
        node.users().forEach(this::saveUser);
        node.rooms().forEach(room -> saveRoom(room.id(), null));
        chat.messages().openDeliveries().forEach(this::rereadTicks);
    }

    // What comes.

    @Override
    public void onMessage(Message message) {
        String conversation = chat.ids().local(message.room().toString());
        if (chat.conversations().find(conversation).isEmpty()) {
            saveRoom(message.room(), null);
        }
        List<Draft.File> files = message.attachments().stream().map(IntegrationService::file).toList();
        String replyEvent = message.replyTo() == null ? null : message.replyTo().toString();
        Draft draft = new Draft(conversation, chat.ids().local(message.sender().toString()), message.senderName(), message.text(), files, null, replyEvent);
        chat.messages().addForeign(draft, message.eventId().toString(), time(message.sentAt()))
                .ifPresent(stored -> chat.showMessage(stored.id()));
    }

    @Override
    public void onEdit(Edit edit) {
        List<Draft.File> files = edit.attachments().map(all -> all.stream().map(IntegrationService::file).toList()).orElse(null);
        said(edit, edit.of(), Said.edit(edit.text(), files));
    }

    @Override
    public void onDelete(Delete delete) {
        said(delete, delete.of(), Said.delete());
    }

    @Override
    public void onReaction(Reaction reaction) {
        said(reaction, reaction.of(), Said.reaction(reaction.emoji(), reaction.on()));
    }

    /** Whether the sender may, the chat knows, which has the message. */
    private void said(dev.integrador.Said event, UUID of, Said said) {
        chat.changes().addForeign(event.eventId().toString(), of.toString(), chat.ids().local(event.sender().toString()), said)
                .ifPresent(chat::showMessage);
    }

    private static Draft.File file(Attachment a) {
        return new Draft.File(a.kind().name().toLowerCase(Locale.ROOT), a.url(), a.data(), a.mime(), a.name());
    }

    private static String time(Instant at) {
        if (at == null) {
            return null;
        }
        return (at.isBefore(Instant.EPOCH) ? Instant.EPOCH : at.isAfter(LATEST) ? LATEST : at).toString();
    }

    @Override
    public void onUser(UserChange change) {
        saveUser(change.user());
        showLists();
    }

    @Override
    public void onRoom(RoomChange change) {
        saveRoom(change.room().id(), change.eventId());
    }

    @Override
    public void onPlatform(PlatformChange change) {
        showLists();
    }

    @Override
    public void onDelivery(DeliveryChange change) {
        if (change.count() > 1) {
            // One event for many dead letters.
            chat.messages().openDeliveries().forEach(this::rereadTicks);
            return;
        }
        chat.messages().tick(change.publication().toString(), tick(change.platform(), change.state(), change.why()), false)
                .ifPresent(chat::showTicks);
    }

    // What is stored.

    private void saveUser(User user) {
        ExternalId id = user.id();
        if (!id.platform().equals(chat.ids().platform())) {
            chat.users().save(id.toString(), user.name(), id.platform(), user.active(), user.avatar());
        }
    }

    /**
     * A room as it is now; who was dropped from it learns that too. Whoever joins is handled by another thread than what comes: so one at
     * a time asks the node, or the members of a moment ago would be stored over those of now.
     *
     * @param event the announcement that changed it, or null if that is not known
     */
    synchronized void saveRoom(ExternalId external, UUID event) {
        Room room = node.room(external).orElseThrow(() -> new IllegalStateException("the room " + external + " is not known"));
        String id = chat.ids().local(room.id().toString());
        List<String> members = room.memberIds().stream().map(user -> chat.ids().local(user.toString())).toList();
        List<String> banned = new ArrayList<>();
        room.banned().forEach((platform, users) -> {
            if (users.all()) {
                banned.add(platform + ":*");
            }
            users.users().forEach(user -> banned.add(chat.ids().local(new ExternalId(platform, user).toString())));
        });
        List<Long> notices = chat.conversations().save(
                new gwtchat.model.Room(id, room.name(), room.kind() == RoomKind.PUBLIC, members, banned, room.avatar()),
                event == null ? null : event.toString());
        chat.showConversation(id);
        notices.forEach(chat::showMessage);
    }

    /** Deliveries are told as hints; what the node answers here is certain. */
    void rereadTicks(String event) {
        for (Delivery d : node.delivery(UUID.fromString(event))) {
            chat.messages().tick(event, tick(d.platform(), d.state(), d.why()), true).ifPresent(chat::showTicks);
        }
    }

    private static Tick tick(String platform, DeliveryState state, String why) {
        return new Tick(platform, state.name().toLowerCase(Locale.ROOT), why);
    }

    /** Shows the pages who is there; soon, so that an import of a thousand users changes their lists once. */
    private void showLists() {
        if (listsOutdated.compareAndSet(false, true)) {
            later.schedule(
                    () -> {
                        listsOutdated.set(false);
                        try {
                            chat.showPeople();
                            showPlatforms.run();
                        } catch (RuntimeException e) {
                            LOG.warn("the pages were not told who is there: {}", e.getMessage());
                        }
                    },
                    100, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() {
        later.shutdownNow();
    }
}
