package dev.integrador.servlet;

import dev.integrador.ErrorKind;
import dev.integrador.IntegradorException;
import dev.integrador.Node;
import dev.integrador.Request;
import dev.integrador.Response;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the other platforms: hands each request to {@link Node#handle}, byte for byte. Which paths and methods there are, and who
 * may post, is for the node to say. Mount it under a path of its own, such as {@code /api/*}, and let it be asynchronous
 * ({@code <async-supported>true</async-supported>}): then no thread waits while the node writes to its disk.
 *
 * <p>{@link IntegradorContextListener} registers it at {@code /api/*} if the application has not. The init parameter
 * {@code limits.body}, else the context parameter {@code integrador.limits.body}, is the node's option of that name, where it is not
 * the default: no more of a body is read than shows that it is too long.
 */
public class IntegrationServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(IntegrationServlet.class);
    private static final String LIMIT = "limits.body";

    /** The core's default for the body of a plain platform's post. */
    private static final int BODY = 1 << 20;

    /** The core's limit of its limit. */
    private static final int MOST = 32 << 20;

    /** What is no longer than this is always read: the threads of the container bound how many there are. */
    private static final int SMALL = 64 << 10;

    /** How many bytes longer bodies may hold in all, until they are answered. Beyond it they are refused, and come again. */
    private static final long MOST_HELD = 64L << 20;

    private final transient Node node;
    private final transient AtomicLong held = new AtomicLong();

    /** How many bytes of a body are read at most. */
    private int longest;

    /** Serves the node of its web application, {@link Integrador#node}. */
    public IntegrationServlet() {
        this(null);
    }

    /**
     * Serves this node.
     *
     * @param node the node, which somebody else closes
     */
    public IntegrationServlet(Node node) {
        this.node = node;
    }

    /**
     * The node that answers.
     *
     * @return the one that was given, else the web application's
     * @throws IllegalStateException none is open
     */
    protected Node node() {
        return node != null ? node : Integrador.node(getServletContext());
    }

    @Override
    public void init() throws ServletException {
        String given = getInitParameter(LIMIT);
        if (given == null) {
            given = getServletContext().getInitParameter(IntegradorContextListener.PREFIX + LIMIT);
        }
        int body = BODY;
        try {
            body = given == null ? BODY : Integer.parseInt(given.strip());
        } catch (NumberFormatException e) {
            throw new ServletException(LIMIT + ": expected a number of bytes, got \"" + given + "\"", e);
        }
        // A peer's may be twice as long; one byte more shows that it is longer.
        longest = 2 * Math.max(1, Math.min(body, MOST)) + 1;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        byte[] body = body(request);
        if (body == null) {
            write(refused("too much is on its way here"), response);
            return;
        }
        CompletableFuture<Response> answer = answer(inbound(request, body));
        answer.whenComplete((done, failed) -> held.addAndGet(-counted(body.length)));
        if (request.isAsyncSupported()) {
            Exchange exchange = new Exchange(request.startAsync(request, response), response);
            answer.thenAccept(exchange::answer);
        } else {
            write(answer.join(), response);
        }
    }

    /** How many bytes of a body count. */
    private static long counted(int length) {
        return length > SMALL ? length : 0;
    }

    /** The body; null when those that are on their way, and those not answered yet, hold too much. */
    private byte[] body(HttpServletRequest request) throws IOException {
        InputStream in = request.getInputStream();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] part = new byte[8 << 10];
        long counts = 0;
        boolean whole = false;
        try {
            while (body.size() < longest) {
                int count = in.read(part, 0, Math.min(part.length, longest - body.size()));
                if (count < 0) {
                    break;
                }
                body.write(part, 0, count);
                long more = counted(body.size()) - counts;
                counts += more;
                if (held.addAndGet(more) > MOST_HELD && more > 0) {
                    return null;
                }
            }
            whole = true;
            return body.toByteArray();
        } finally {
            if (!whole) {
                held.addAndGet(-counts);
            }
        }
    }

    /**
     * A request that waits for its answer, which is written as long as the request is there. When whoever asked goes away, Tomcat
     * soon has another request in the same objects: so its end and the answer exclude each other.
     */
    private static final class Exchange implements AsyncListener {
        private final AsyncContext async;
        private final HttpServletResponse response;
        private boolean over;

        Exchange(AsyncContext async, HttpServletResponse response) {
            this.async = async;
            this.response = response;
            // The node answers always, and when it is closed at the latest.
            async.setTimeout(0);
            async.addListener(this);
        }

        /** By a thread of the container's: writing may wait for whoever reads. */
        void answer(Response answer) {
            try {
                async.start(() -> end(answer));
            } catch (RuntimeException e) {
                LOG.debug("the container has no thread for an answer: {}", e.toString());
                end(answer);
            }
        }

        private synchronized void end(Response answer) {
            if (over) {
                return;
            }
            over = true;
            try {
                write(answer, response);
            } catch (IOException | RuntimeException e) {
                LOG.debug("whoever asked is gone before the answer: {}", e.toString());
            }
            try {
                async.complete();
            } catch (IllegalStateException e) {
                // The container ends it itself.
            }
        }

        private synchronized void end() {
            over = true;
        }

        @Override
        public void onError(AsyncEvent event) {
            end();
        }

        @Override
        public void onComplete(AsyncEvent event) {
            end();
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            end();
        }

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }

    private static Request inbound(HttpServletRequest request, byte[] body) {
        // The container has decoded it, once. A servlet that is mounted at `/` gets the whole path as the servlet's.
        String path = request.getPathInfo() != null ? request.getPathInfo() : request.getServletPath();
        Map<String, List<String>> headers = new TreeMap<>();
        for (String name : Collections.list(request.getHeaderNames())) {
            headers.put(name, Collections.list(request.getHeaders(name)));
        }
        return new Request(request.getMethod(), path, request.getQueryString(), headers, body);
    }

    private CompletableFuture<Response> answer(Request inbound) {
        try {
            return node().async().handle(inbound).exceptionally(IntegrationServlet::unanswered);
        } catch (IllegalStateException e) {
            return CompletableFuture.completedFuture(unanswered(e));
        }
    }

    private static void write(Response answer, HttpServletResponse response) throws IOException {
        response.setStatus(answer.status());
        answer.headers().forEach((name, values) -> values.forEach(value -> response.addHeader(name, value)));
        if (answer.body().length > 0) {
            response.setContentLength(answer.body().length);
            response.getOutputStream().write(answer.body());
        }
    }

    /** The node isn't open here, or closes: whoever sent it tries again. */
    private static Response unanswered(Throwable failure) {
        Throwable why = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        ErrorKind kind = why instanceof IntegradorException known ? known.kind() : ErrorKind.CLOSED;
        if (kind == ErrorKind.INVALID) {
            return new Response(400, json(), body(400, "this is no request that a node can read"));
        }
        if (kind != ErrorKind.CLOSED) {
            LOG.error("a request of another platform could not be answered: {}", why.getMessage(), why);
        }
        return refused("the node can't answer now");
    }

    private static Response refused(String why) {
        Map<String, List<String>> headers = json();
        headers.put("Retry-After", List.of("1"));
        return new Response(503, headers, body(503, why));
    }

    private static Map<String, List<String>> json() {
        return new TreeMap<>(Map.of("Content-Type", List.of("application/json")));
    }

    private static byte[] body(int status, String message) {
        return ("{\"status\":" + status + ",\"message\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8);
    }
}
