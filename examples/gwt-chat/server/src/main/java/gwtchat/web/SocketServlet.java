package gwtchat.web;

import gwtchat.Chat;
import gwtchat.integration.Integration;
import gwtchat.model.User;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Where pages open their WebSockets. Only those who are logged in get one. */
final class SocketServlet extends JsonServlet {
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
                        return type.cast(new Socket(chat, integration, me.get(), token));
                    }
                })
                .build();
        try {
            container.upgradeHttpToWebSocket(request, response, config, Map.of());
        } catch (DeploymentException e) {
            throw new ServletException(e);
        }
    }
}
