package gwtchat.integration;

import dev.integrador.Attachment;
import dev.integrador.AttachmentKind;
import dev.integrador.ErrorKind;
import dev.integrador.ExternalId;
import dev.integrador.IntegradorException;
import dev.integrador.NewMessage;
import dev.integrador.Node;
import dev.integrador.Receipt;
import dev.integrador.Ref;
import dev.integrador.RoomKind;
import gwtchat.Chat;
import gwtchat.db.Changes;
import gwtchat.model.Conversation;
import gwtchat.model.Draft;
import gwtchat.model.Message;
import gwtchat.model.Said;
import gwtchat.model.User;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what this chat has committed to its own database.
 *
 * <p>It works from the rows alone: all that is not marked published, in order. So a crash at any point is repaired by the
 * next start, and the row's id as the key makes a repeated call the same message.
 */
public final class IntegrationClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IntegrationClient.class);

    private final Chat chat;
    private final Node node;
    private final IntegrationService service;
    private final Semaphore written = new Semaphore(1);
    private final Thread thread = new Thread(this::run, "integration-client");

    IntegrationClient(Chat chat, Node node, IntegrationService service) {
        this.chat = chat;
        this.node = node;
        this.service = service;
        thread.setDaemon(true);
    }

    /** Begins with what the last run has left; then whenever something was written. */
    void start() {
        thread.start();
    }

    /** To be called after a row was committed that others should hear of. */
    void written() {
        written.release();
    }

    private void run() {
        try {
            // Only what has changed since the last start is sent.
            while (!done(this::publishOwnUsers)) {
                TimeUnit.SECONDS.sleep(1);
            }
            while (!node.isClosed()) {
                written.acquire();
                written.drainPermits();
                if (!done(this::publish)) {
                    TimeUnit.SECONDS.sleep(1);
                    written.release();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("ended");
        }
    }

    /** Returns false if it has to be tried again. */
    private boolean done(Runnable work) {
        try {
            work.run();
            return true;
        } catch (RuntimeException e) {
            if (!node.isClosed()) {
                LOG.warn("nothing can be published now, trying again: {}", e.getMessage());
            }
            return false;
        }
    }

    private void publishOwnUsers() {
        Map<String, String> users = new LinkedHashMap<>();
        List<User> own = chat.users().own();
        own.forEach(user -> users.put(user.id(), user.name()));
        try {
            node.publishUsers(users);
        } catch (IntegradorException e) {
            LOG.error("the users can't be published: {}", refusal(e));
        }
        own.forEach(user -> chat.users().published(user.id()));
    }

    /** All that is not published yet. */
    synchronized void publish() {
        for (User user : chat.users().unpublished()) {
            try {
                node.publishUser(user.id(), user.name());
            } catch (IntegradorException e) {
                // What the node won't ever take must not hold up what comes after it.
                LOG.error("{} can't be published: {}", user.name(), refusal(e));
            }
            chat.users().published(user.id());
        }
        for (Conversation room : chat.conversations().unpublished()) {
            publishRoom(room);
        }
        for (List<Message> rows; !(rows = chat.messages().unpublished(256)).isEmpty(); ) {
            rows.forEach(this::publishMessage);
        }
        for (List<Changes.Outgoing> rows; !(rows = chat.changes().unpublished(256)).isEmpty(); ) {
            rows.forEach(this::publishChange);
        }
    }

    private void publishRoom(Conversation room) {
        String refusal = null;
        try {
            node.publishRoom(room.id(), room.name(), room.open() ? RoomKind.PUBLIC : RoomKind.PRIVATE, byPlatform(room.members()));
        } catch (IntegradorException e) {
            refusal = refusal(e);
        }
        chat.conversations().published(room.id(), refusal);
        chat.showConversation(room.id());
    }

    private void publishMessage(Message row) {
        NewMessage message = NewMessage.of(external(row.conversation()), row.sender(), row.text())
                .withKey("message-" + row.id())
                .withSentAt(Instant.parse(row.at()));
        Optional<String> answered = chat.messages().answered(row.id());
        if (answered.isPresent()) {
            message = message.withReplyTo(UUID.fromString(answered.get()));
        }
        for (Draft.File file : chat.messages().files(row.id())) {
            message = message.withAttachment(attachment(file));
        }
        String event = null;
        try {
            Receipt receipt = node.publishMessage(message);
            event = receipt.eventId().toString();
            chat.messages().published(row.id(), event);
        } catch (IntegradorException e) {
            chat.messages().failed(row.id(), refusal(e));
        }
        if (event != null) {
            // It may have been delivered before the event id was in its row.
            service.rereadTicks(event);
        }
        chat.showMessage(row.id());
    }

    /** It has no key: the same again after a crash changes nothing. */
    private void publishChange(Changes.Outgoing row) {
        UUID of = UUID.fromString(row.event());
        Ref sender = Ref.own(row.sender());
        Said said = row.said();
        try {
            Receipt receipt = switch (said.kind()) {
                case EDIT -> node.editMessage(of, sender, Optional.ofNullable(said.text()).orElse(""));
                case DELETE -> node.deleteMessage(of, sender);
                case REACTION -> node.react(of, chat.ids().platformOf(row.author()), sender, said.emoji(), said.on());
            };
            String event = receipt.eventId() == null ? null : receipt.eventId().toString();
            chat.changes().published(row.id(), event);
            if (event != null) {
                service.rereadTicks(event);
            }
        } catch (IntegradorException e) {
            chat.changes().failed(row.id(), refusal(e));
        }
        chat.showTicks(row.message());
    }

    private static Attachment attachment(Draft.File f) {
        AttachmentKind kind = AttachmentKind.valueOf(f.kind().toUpperCase(java.util.Locale.ROOT));
        return new Attachment(kind, f.url(), f.data(), f.mime(), f.name(), f.data() == null ? null : (long) f.data().length);
    }

    /** Why the node won't ever take it; what passes is thrown again. */
    private static String refusal(IntegradorException e) {
        if (e.isRetryable() || e.kind() == ErrorKind.CLOSED) {
            throw e;
        }
        return e.getMessage();
    }

    private ExternalId external(String id) {
        return ExternalId.parse(chat.ids().external(id));
    }

    /** Members as the node takes them: {@code {BuasApp=[1, 2], GWT_CHAT=[3]}}. */
    private Map<String, List<String>> byPlatform(List<String> members) {
        Map<String, List<String>> platforms = new LinkedHashMap<>();
        for (String member : members) {
            ExternalId id = external(member);
            platforms.computeIfAbsent(id.platform(), p -> new ArrayList<>()).add(id.id());
        }
        return platforms;
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
