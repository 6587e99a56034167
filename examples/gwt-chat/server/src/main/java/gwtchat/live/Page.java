package gwtchat.live;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open page: what it is told is sent one after the other, and nobody waits for it. */
public final class Page {
    private static final Logger LOG = LoggerFactory.getLogger(Page.class);
    /** A page that is further behind is hung up on: it comes back and begins anew. So the memory for all is bounded. */
    private static final int BEHIND = 512;

    private final Session session;
    private final String user;
    private final String token;
    private final Executor executor;
    private final Queue<String> waiting = new ArrayDeque<>();
    private boolean sending;

    Page(Session session, String user, String token, Executor executor) {
        this.session = session;
        this.user = user;
        this.token = token;
        this.executor = executor;
    }

    public String user() {
        return user;
    }

    /** Whether it was opened by this session, which it ends with. */
    boolean isOf(String session) {
        return token.equals(session);
    }

    /** Returns at once: what is sent is sent by another thread, which holds no lock meanwhile. */
    synchronized void tell(String json) {
        if (waiting.size() >= BEHIND) {
            close(CloseReason.CloseCodes.TRY_AGAIN_LATER, "too slow");
            return;
        }
        waiting.add(json);
        if (!sending) {
            sending = true;
            executor.execute(this::sendNext);
        }
    }

    private void sendNext() {
        String next;
        synchronized (this) {
            next = waiting.poll();
            sending = next != null;
        }
        if (next != null) {
            session.getAsyncRemote().sendText(next, result -> {
                if (result.isOK()) {
                    executor.execute(this::sendNext);
                }
            });
        }
    }

    /** Keeps what lies between from taking the connection for dead, and finds out if it is. */
    void ping() {
        try {
            session.getAsyncRemote().sendPing(ByteBuffer.allocate(0));
        } catch (IOException | IllegalStateException e) {
            LOG.debug("a page has gone: {}", e.getMessage());
        }
    }

    synchronized void close(CloseReason.CloseCodes code, String why) {
        waiting.clear();
        executor.execute(() -> {
            try {
                session.close(new CloseReason(code, why));
            } catch (IOException e) {
                LOG.debug("a page has gone: {}", e.getMessage());
            }
        });
    }
}
