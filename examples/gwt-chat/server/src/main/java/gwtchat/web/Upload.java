package gwtchat.web;

import gwtchat.model.Draft;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;

/** What a page attaches: the address of an image, or bytes in base64. */
record Upload(String url, String data, String mime, String name) {
    /** A file goes inside the message, whose limit is 1 MiB; base64 makes four bytes of three. */
    static final int MAX_BYTES = 700 << 10;

    static final String TOO_LARGE = "El archivo es demasiado grande: hasta 700 KB.";

    private static final Set<String> IMAGES = Set.of("image/png", "image/jpeg", "image/gif", "image/webp");

    Draft.File accept() {
        if (name != null && name.length() > 255) {
            throw new Refusal(400, "El nombre del archivo es demasiado largo.");
        }
        if (url != null && data == null && (url.startsWith("https://") || url.startsWith("http://")) && url.length() <= 2000) {
            return new Draft.File("image", url, null, null, name);
        }
        String type = mime == null ? "" : mime.toLowerCase(Locale.ROOT);
        boolean image = IMAGES.contains(type);
        if (url != null || data == null || !image && !type.startsWith("audio/")) {
            throw new Refusal(400, "Solo se pueden adjuntar imágenes (PNG, JPEG, GIF o WebP) y audios.");
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(data);
        } catch (IllegalArgumentException e) {
            throw new Refusal(400, "El archivo no se puede leer.");
        }
        if (bytes.length > MAX_BYTES) {
            throw new Refusal(413, TOO_LARGE);
        }
        return new Draft.File(image ? "image" : "audio", null, bytes, type, name);
    }

    /** Whether a browser may show it in place; what it could run as a page of ours is only ever offered for saving. */
    static boolean isShown(String mime) {
        return mime != null && (IMAGES.contains(mime) || mime.matches("audio/[a-z0-9.+-]+"));
    }
}
