package gwtchat.web;

import com.google.gson.JsonParseException;
import dev.integrador.ErrorKind;
import dev.integrador.IntegradorException;
import gwtchat.db.DatabaseException;
import gwtchat.live.Json;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A servlet whose calls take and answer JSON, and say in a sentence what is wrong. */
abstract class JsonServlet extends HttpServlet {
    private static final Logger LOG = LoggerFactory.getLogger(JsonServlet.class);
    /** A file in base64, which makes four bytes of three, and what comes with it. */
    private static final int MAX_BODY = Upload.MAX_BYTES / 3 * 4 + (64 << 10);

    /** Of what is beyond that, so much is read before it is refused. */
    private static final int MAX_SKIPPED = 64 << 20;

    static final Object NOTHING = Map.of();

    /** What a call does; its result is the answer. */
    interface Call {
        Object run() throws IOException;
    }

    void answer(HttpServletResponse response, Call call) throws IOException {
        int status = 200;
        Object body;
        try {
            body = call.run();
        } catch (Refusal e) {
            status = e.status();
            body = Map.of("error", e.getMessage());
        } catch (JsonParseException e) {
            status = 400;
            body = Map.of("error", "El pedido no se entiende.");
        } catch (IntegradorException | DatabaseException e) {
            LOG.warn("a call of the page failed: {}", e.getMessage());
            Refusal refusal = refusal(e instanceof IntegradorException i ? i.kind() : null);
            status = refusal.status();
            body = Map.of("error", refusal.getMessage());
        }
        byte[] json = Json.write(body).getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType("application/json");
        response.setHeader("Cache-Control", "no-store");
        response.setContentLength(json.length);
        response.getOutputStream().write(json);
    }

    private static Refusal refusal(ErrorKind kind) {
        if (kind == ErrorKind.FORBIDDEN || kind == ErrorKind.NOT_A_MEMBER) {
            return new Refusal(403, "No podés hacer eso en esta conversación.");
        }
        if (kind == ErrorKind.INVALID || kind == ErrorKind.CONFLICT || kind == ErrorKind.UNKNOWN_ROOM) {
            return new Refusal(409, "La conversación cambió. Probá de nuevo.");
        }
        return new Refusal(503, "Ahora no se puede guardar. Probá de nuevo en un momento.");
    }

    /** The body of a request; other sites can't send this type without asking first. */
    static <T> T body(HttpServletRequest request, Class<T> type) throws IOException {
        String mime = request.getContentType();
        if (mime == null || !mime.startsWith("application/json")) {
            throw new Refusal(415, "El pedido no es JSON.");
        }
        InputStream in = request.getInputStream();
        byte[] bytes = in.readNBytes(MAX_BODY + 1);
        if (bytes.length > MAX_BODY) {
            // Whoever is cut off while sending does not hear why.
            for (long left = MAX_SKIPPED; left > 0; ) {
                long skipped = in.read(bytes, 0, (int) Math.min(bytes.length, left));
                left = skipped < 0 ? 0 : left - skipped;
            }
            throw new Refusal(413, Upload.TOO_LARGE);
        }
        return Json.read(new String(bytes, StandardCharsets.UTF_8), type);
    }
}
