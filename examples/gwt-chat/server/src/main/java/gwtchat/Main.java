package gwtchat;

import gwtchat.integration.Integration;
import gwtchat.web.Web;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code java -jar gwt-chat.jar}: opens the chat and the node, serves both, and ends them cleanly. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) {
        Options options = new Options();
        CommandLine line = new CommandLine(options);
        try {
            if (CommandLine.printHelpIfRequested(line.parseArgs(arguments))) {
                return;
            }
        } catch (ParameterException e) {
            System.err.println("gwt-chat: " + e.getMessage() + "\nTry --help.");
            System.exit(2);
        }
        try {
            run(options);
        } catch (Exception e) {
            System.err.println("gwt-chat: " + e.getMessage());
            LOG.debug("why it ended", e);
            System.exit(1);
        }
    }

    private static void run(Options options) throws Exception {
        try {
            Files.createDirectories(options.data);
        } catch (IOException e) {
            throw new IOException("--data " + options.data + ": the folder cannot be made (" + e.getClass().getSimpleName() + ")", e);
        }
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        // The chat's own database is another file than the node's store, which nobody else may open.
        // The port comes before the node, which says that it is back as soon as it is open: what waits for it elsewhere comes at once.
        try (ServerSocketChannel bound = bind(options.listen);
                Chat chat = Chat.open(options.data.resolve("chat.db"), options.name, options.users);
                Integration integration = Integration.open(chat, options.data.resolve("node.db"), options.platforms())) {
            Server server = Web.server(chat, integration, bound, options.framedBy());
            server.start();
            integration.start();
            int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
            // The one line on standard output, which scripts wait for.
            System.out.println("listening on http://" + options.listen.getHostString() + ":" + port);
            // Ctrl-C or SIGTERM: what ends well ends with 0.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                asked.countDown();
                boolean well = await(closed);
                Runtime.getRuntime().halt(well ? 0 : 1);
            }));
            asked.await();
            LOG.info("closing");
            chat.rooms().close();
            server.stop();
        }
        closed.countDown();
    }

    private static ServerSocketChannel bind(InetSocketAddress listen) throws IOException {
        ServerSocketChannel bound = ServerSocketChannel.open();
        try {
            return bound.bind(listen);
        } catch (IOException e) {
            bound.close();
            throw new IOException("--listen " + listen.getHostString() + ":" + listen.getPort() + ": " + e.getMessage(), e);
        }
    }

    private static boolean await(CountDownLatch closed) {
        try {
            return closed.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }
}
