package gwtchat.web;

import gwtchat.Chat;
import gwtchat.integration.Integration;
import gwtchat.live.Page;
import gwtchat.live.Push;
import gwtchat.model.Conversation;
import gwtchat.model.PlatformInfo;
import gwtchat.model.User;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The WebSocket of each page: first all that the page needs, then what changes. Only those who are logged in get one. */
final class SocketServlet extends JsonServlet {
    private static final Logger LOG = LoggerFactory.getLogger(SocketServlet.class);

    private final transient Chat chat;
    private final transient Integration integration;
    private final transient Sessions sessions;

    SocketServlet(Chat chat, Integration integration, Sessions sessions) {
        this.chat = chat;
        this.integration = integration;
        this.sessions = sessions;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        Optional<User> me = sessions.find(request);
        if (me.isEmpty() || !"websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
            answer(response, () -> {
                sessions.require(request);
                throw new Refusal(426, "Esta dirección es de un WebSocket.");
            });
            return;
        }
        String token = sessions.token(request).orElseThrow();
        ServerContainer container = (ServerContainer) getServletContext().getAttribute(ServerContainer.class.getName());
        ServerEndpointConfig config = ServerEndpointConfig.Builder.create(Socket.class, request.getServletPath())
                .configurator(new ServerEndpointConfig.Configurator() {
                    @Override
                    public <T> T getEndpointInstance(Class<T> type) {
                        return type.cast(new Socket(me.get(), token));
                    }
                })
                .build();
        try {
            container.upgradeHttpToWebSocket(request, response, config, Map.of());
        } catch (DeploymentException e) {
            throw new ServletException(e);
        }
    }

    private void greet(Page page, User me) {
        List<PlatformInfo> platforms = integration.platforms();
        // Nothing is shown to anybody between what is read here and the page's being in its rooms.
        chat.rooms().inTurn(() -> {
            List<Conversation> conversations = chat.conversations().of(me.id());
            Push hello = new Push.Hello(chat.ids().platform(), me, chat.users().all(), platforms, conversations);
            chat.rooms().enter(page, hello, conversations);
        });
    }

    private final class Socket extends Endpoint {
        private final User me;
        private final String token;
        private Page page;

        Socket(User me, String token) {
            this.me = me;
            this.token = token;
        }

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            session.setMaxIdleTimeout(60_000);
            session.setMaxTextMessageBufferSize(1_024);
            page = new Page(session, me.id(), token);
            greet(page, me);
            // It may have ended while the page came in.
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
}
