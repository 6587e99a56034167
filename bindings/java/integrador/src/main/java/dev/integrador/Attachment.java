package dev.integrador;

import dev.integrador.internal.Writer;
import java.util.Arrays;
import java.util.Objects;

/**
 * Something that goes with a message: by its {@code url}, or inline as {@code data}.
 *
 * @param kind image, audio or file
 * @param url where it can be fetched (http or https), or null
 * @param data the bytes, or null; they are not copied, so let them be
 * @param mime the media type (RFC 6838), or null
 * @param name the file's name, or null
 * @param size the size in bytes, or null
 */
public record Attachment(AttachmentKind kind, String url, byte[] data, String mime, String name, Long size) {
    /**
     * Checks that the kind is there, and that the texts can be sent.
     *
     * @param kind as the record says
     * @param url as the record says
     * @param data as the record says
     * @param mime as the record says
     * @param name as the record says
     * @param size as the record says
     */
    public Attachment {
        Objects.requireNonNull(kind, "kind");
        check("url", url);
        check("mime", mime);
        check("name", name);
    }

    private static void check(String field, String text) {
        if (text != null) {
            Writer.checked(field, text);
        }
    }

    /**
     * One that can be fetched.
     *
     * @param kind image, audio or file
     * @param url where it can be fetched (http or https)
     * @return the attachment
     */
    public static Attachment link(AttachmentKind kind, String url) {
        return new Attachment(kind, Objects.requireNonNull(url, "url"), null, null, null, null);
    }

    /**
     * One that is sent along.
     *
     * @param kind image, audio or file
     * @param data the bytes; how many may be sent says {@code limits.body}
     * @param mime the media type (RFC 6838)
     * @return the attachment
     */
    public static Attachment inline(AttachmentKind kind, byte[] data, String mime) {
        return new Attachment(kind, null, Objects.requireNonNull(data, "data"), mime, null, (long) data.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Attachment that
                && kind == that.kind
                && Objects.equals(url, that.url)
                && Arrays.equals(data, that.data)
                && Objects.equals(mime, that.mime)
                && Objects.equals(name, that.name)
                && Objects.equals(size, that.size);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, url, Arrays.hashCode(data), mime, name, size);
    }

    /** {@return it without its bytes} */
    @Override
    public String toString() {
        return "Attachment[kind=" + kind + ", url=" + url + ", data=" + (data == null ? null : data.length + " bytes")
                + ", mime=" + mime + ", name=" + name + ", size=" + size + "]";
    }
}
