package gwtchat.web;

import gwtchat.Chat;
import gwtchat.integration.Integration;
import gwtchat.live.Page;
import gwtchat.live.Push;
import gwtchat.model.Conversation;
import gwtchat.model.PlatformInfo;
import gwtchat.model.User;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The WebSocket of a page: first all that the page needs, then what changes. Public because the container wants it so. */
public final class Socket extends Endpoint {
    private static final Logger LOG = LoggerFactory.getLogger(Socket.class);
    private static final int IDLE = 60_000;

    private final Chat chat;
    private final Integration integration;
    private final User me;
    private final String token;
    private Page page;

    Socket(Chat chat, Integration integration, User me, String token) {
        this.chat = chat;
        this.integration = integration;
        this.me = me;
        this.token = token;
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        session.setMaxIdleTimeout(IDLE);
        session.setMaxTextMessageBufferSize(1_024);
        page = chat.rooms().page(session, me.id(), token);
        List<PlatformInfo> platforms = integration.platforms();
        // Nothing is shown to anybody between what is read here and the page's being in its rooms.
        chat.rooms().inTurn(() -> {
            List<Conversation> conversations = chat.conversations().of(me.id());
            Push hello = new Push.Hello(chat.ids().platform(), me, chat.users().all(), platforms, conversations);
            chat.rooms().enter(page, hello, conversations);
        });
        // The session may have ended while the page came in.
        if (chat.users().ofSession(token).isEmpty()) {
            chat.rooms().end(token);
        }
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        if (page != null) {
            chat.rooms().leave(page);
        }
    }

    @Override
    public void onError(Session session, Throwable error) {
        LOG.debug("a page has gone: {}", error.toString());
    }
}
