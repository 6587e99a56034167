package dev.integrador.servlet;

import dev.integrador.IntegradorListener;
import dev.integrador.Node;
import dev.integrador.servlet.internal.Options;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletRegistration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens the node when the web application starts, and closes it when it stops: then no thread, no file and no class of it is left.
 *
 * <p>The jar declares this listener itself, which does nothing unless there are context parameters: {@code integrador.platform},
 * {@code integrador.store}, {@code integrador.platforms} and every other option of the node after {@code integrador.}, such as
 * {@code integrador.max_pending} or {@code integrador.limits.body}. Spans are seconds, or {@code 500ms}, {@code 30s}, {@code 10m},
 * {@code 24h}, {@code 30d}. Within a value <code>&#36;{NAME}</code> stands for a system property, or else an environment variable.
 * Two parameters are not the node's: {@code integrador.path}, where {@link IntegrationServlet} is mounted unless the application
 * registers it or the node has a listener of its own ({@code /api}; empty: nowhere), and {@code integrador.threads}, how many
 * threads call the listener (1).
 *
 * <p>To handle events, extend it and declare the subclass, by {@code @WebListener} or in {@code web.xml}:
 *
 * <pre>{@code
 * @WebListener
 * public class Chat extends IntegradorContextListener {
 *     @Override
 *     protected IntegradorListener listener(Node node, ServletContext context) {
 *         node.publishUser("3", "Ana");
 *         return IntegradorListener.messages(message -> context.log(message.senderName() + ": " + message.text()));
 *     }
 * }
 * }</pre>
 *
 * <p>Where {@code web.xml} says {@code metadata-complete="true"}, declare the listener there.
 */
public class IntegradorContextListener implements ServletContextListener {
    static final String PREFIX = "integrador.";
    private static final String PATH = "path";
    private static final String THREADS = "threads";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}");

    private Node node;

    /** Made by the container. */
    public IntegradorContextListener() {}

    /**
     * Configures the node, after the context parameters. Does nothing unless it is overridden.
     *
     * @param builder what configures it
     * @param context the web application
     */
    protected void configure(Node.Builder builder, ServletContext context) {}

    /**
     * What the application does with what happens elsewhere. The node is open already: here is the place to announce users and
     * rooms.
     *
     * @param node the node
     * @param context the web application
     * @return the listener; null, as unless it is overridden: events wait in the node until somebody takes them
     */
    protected IntegradorListener listener(Node node, ServletContext context) {
        return null;
    }

    @Override
    public final void contextInitialized(ServletContextEvent event) {
        ServletContext context = event.getServletContext();
        boolean extended = getClass() != IntegradorContextListener.class;
        if (context.getAttribute(Integrador.NODE) != null) {
            if (extended) {
                throw new IllegalStateException("this web application has a node already: declare one IntegradorContextListener, "
                        + "and not " + getClass().getName() + " beside another");
            }
            return;
        }
        Map<String, String> options = parameters(context);
        if (!extended && options.isEmpty()) {
            return;
        }
        if (!extended && !options.containsKey("platform") && !options.containsKey("name")) {
            throw new IllegalStateException("the context parameter integrador.platform is missing: set it to this platform's name, "
                    + "as the registries of the others spell it (or integrador.name, for a standalone node)");
        }
        String path = options.getOrDefault(PATH, "/api");
        int threads = threads(options.getOrDefault(THREADS, "1"));
        options.keySet().removeAll(Set.of(PATH, THREADS));

        Node.Builder builder = Node.builder();
        Options.apply(builder, options);
        configure(builder, context);
        node = builder.open();
        try {
            context.setAttribute(Integrador.NODE, node);
            mount(context, path);
            IntegradorListener listener = listener(node, context);
            if (listener != null) {
                node.start(listener, threads);
            }
        } catch (RuntimeException | Error e) {
            close(context);
            throw e;
        }
    }

    @Override
    public final void contextDestroyed(ServletContextEvent event) {
        close(event.getServletContext());
    }

    private void close(ServletContext context) {
        if (node != null) {
            context.removeAttribute(Integrador.NODE);
            node.close();
            node = null;
        }
    }

    private void mount(ServletContext context, String path) {
        if (path.isBlank() || node.localAddress().isPresent() || isMounted(context)) {
            return;
        }
        String mapping = path.strip().replaceAll("/*\\*?$", "") + "/*";
        ServletRegistration.Dynamic servlet = context.addServlet("integrador", IntegrationServlet.class);
        if (servlet == null || !mapping.startsWith("/") || !servlet.addMapping(mapping).isEmpty()) {
            throw new IllegalStateException("the context parameter integrador.path: the node can't be mounted at " + mapping
                    + ": choose a path that begins with / and that no other servlet has");
        }
        servlet.setAsyncSupported(true);
    }

    private static boolean isMounted(ServletContext context) {
        return context.getServletRegistrations().values().stream().map(ServletRegistration::getClassName).anyMatch(name -> {
            try {
                return name != null && IntegrationServlet.class.isAssignableFrom(Class.forName(name, false, context.getClassLoader()));
            } catch (ClassNotFoundException | LinkageError e) {
                return false;
            }
        });
    }

    private static Map<String, String> parameters(ServletContext context) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String name : Collections.list(context.getInitParameterNames())) {
            if (name.startsWith(PREFIX)) {
                options.put(name.substring(PREFIX.length()), filled(name, context.getInitParameter(name).strip()));
            }
        }
        return options;
    }

    private static String filled(String parameter, String value) {
        return PLACEHOLDER.matcher(value).replaceAll(found -> {
            String name = found.group(1);
            String known = System.getProperty(name, System.getenv(name));
            if (known == null) {
                throw new IllegalArgumentException("the context parameter " + parameter + ": there is neither a system property nor an "
                        + "environment variable `" + name + "`");
            }
            return Matcher.quoteReplacement(known);
        });
    }

    private static int threads(String given) {
        try {
            return Integer.parseInt(given);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the context parameter integrador.threads: expected a whole number, got `" + given + "`", e);
        }
    }
}
