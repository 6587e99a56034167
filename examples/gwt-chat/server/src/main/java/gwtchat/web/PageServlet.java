package gwtchat.web;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * The page: {@code index.html} and what it is made of. A browser asks for the first at each visit; the others have their
 * hash in their address, and are kept for good.
 */
final class PageServlet extends HttpServlet {
    private static final String POLICY = "default-src 'self'; img-src 'self' http: https: data: blob:;"
            + " media-src 'self' http: https: data: blob:; connect-src 'self' ws: wss:; form-action 'none'; base-uri 'none'; frame-ancestors ";

    private record Asset(String type, byte[] bytes, byte[] zipped) {
        static Asset of(String type, byte[] bytes) {
            ByteArrayOutputStream zipped = new ByteArrayOutputStream();
            try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
                out.write(bytes);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            return new Asset(type, bytes, zipped.toByteArray());
        }
    }

    private final transient Map<String, Asset> assets = new HashMap<>();
    private final transient Asset index;
    private final String policy;

    /** {@code framedBy}: who may show it in a frame, as the policy says it. */
    PageServlet(String framedBy) {
        policy = POLICY + framedBy;
        String page = new String(resource("index.html"), StandardCharsets.UTF_8);
        page = page.replace("app.css", add("app.css", "css", "text/css; charset=utf-8"));
        page = page.replace("app.js", add("app/app.nocache.js", "js", "text/javascript; charset=utf-8"));
        page = page.replace("icon.svg", add("icon.svg", "svg", "image/svg+xml"));
        index = Asset.of("text/html; charset=utf-8", page.getBytes(StandardCharsets.UTF_8));
    }

    private String add(String file, String ending, String type) {
        byte[] bytes = resource(file);
        String name = "app-" + hash(bytes) + "." + ending;
        assets.put("/" + name, Asset.of(type, bytes));
        return name;
    }

    private static byte[] resource(String file) {
        try (InputStream in = PageServlet.class.getResourceAsStream("/page/" + file)) {
            if (in == null) {
                throw new IllegalStateException("page/" + file + " is not in the jar: build by `mvn package` in examples/gwt-chat, which compiles the page first");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("page/" + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getRequestURI();
        Asset asset = path.equals("/") ? index : assets.get(path);
        if (asset == null) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        response.setContentType(asset.type());
        response.setHeader("Cache-Control", asset == index ? "no-cache" : "public, max-age=31536000, immutable");
        response.setHeader("Content-Security-Policy", policy);
        response.setHeader("Referrer-Policy", "same-origin");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Vary", "Accept-Encoding");
        String accepted = request.getHeader("Accept-Encoding");
        boolean zip = accepted != null && accepted.contains("gzip");
        if (zip) {
            response.setHeader("Content-Encoding", "gzip");
        }
        byte[] bytes = zip ? asset.zipped() : asset.bytes();
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }
}
