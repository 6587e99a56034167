package gwtchat.web;

import gwtchat.Chat;
import gwtchat.integration.Integration;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.EnumSet;
import java.util.Optional;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The chat's own web: its page, the calls of the page, a WebSocket per open page; and beside it, under /api/, the node. */
public final class Web {
    private Web() {}

    /** {@code port}: bound already; {@code framedBy}: the origin whose pages may show this one in a frame. */
    public static Server server(Chat chat, Integration integration, ServerSocketChannel port, Optional<String> framedBy) throws IOException {
        QueuedThreadPool threads = new QueuedThreadPool(64, 4);
        threads.setName("web");
        Server server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        // Ids of other platforms are part of addresses, and may have a slash in them.
        http.setUriCompliance(UriCompliance.from("DEFAULT,AMBIGUOUS_PATH_SEPARATOR,AMBIGUOUS_PATH_ENCODING,SUSPICIOUS_PATH_CHARACTERS"));
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.open(port);
        server.addConnector(connector);
        server.setStopTimeout(3_000);

        ServletContextHandler context = new ServletContextHandler("/", ServletContextHandler.NO_SESSIONS | ServletContextHandler.NO_SECURITY);
        context.getServletHandler().setDecodeAmbiguousURIs(true);
        Sessions sessions = new Sessions(chat.users());
        context.addFilter(new FilterHolder(new OwnPagesOnly()), "/app/*", EnumSet.of(DispatcherType.REQUEST));
        HttpServlet people = new PeopleServlet(chat, integration, sessions);
        for (String path : new String[] {"/app/users", "/app/login", "/app/logout"}) {
            add(context, people, path);
        }
        add(context, new ConversationsServlet(chat, integration, sessions), "/app/conversations/*");
        add(context, new FilesServlet(chat, sessions), "/app/files/*");
        add(context, new SocketServlet(chat, integration, sessions), "/app/ws");
        add(context, new PageServlet(framedBy.orElse("'none'")), "/");
        add(context, integration.servlet(), "/api/*");
        JakartaWebSocketServletContainerInitializer.configure(context, null);

        server.setHandler(context);
        return server;
    }

    private static void add(ServletContextHandler context, HttpServlet servlet, String path) {
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        context.addServlet(holder, path);
    }
}
