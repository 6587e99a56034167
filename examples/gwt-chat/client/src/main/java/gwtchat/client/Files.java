package gwtchat.client;

import elemental2.core.JsRegExp;
import elemental2.dom.CanvasRenderingContext2D;
import elemental2.dom.DomGlobal;
import elemental2.dom.File;
import elemental2.dom.FileReader;
import elemental2.dom.HTMLCanvasElement;
import elemental2.dom.HTMLImageElement;
import elemental2.dom.Blob;
import elemental2.dom.URL;
import gwtchat.client.Wire.Upload;
import java.util.function.Consumer;
import jsinterop.base.Js;

/** Pictures and sounds that are to be attached. */
final class Files {
    private static final int LIMIT = 700 * 1024; // as the server's
    private static final double LARGEST = 1280;
    private static final JsRegExp PICTURE = new JsRegExp("^https?://\\S+\\.(png|jpe?g|gif|webp)(\\?\\S*)?$", "i");
    private static final JsRegExp SHOWN = new JsRegExp("^image/(png|jpeg|gif|webp)$");

    private Files() {}

    static String kind(Upload file) {
        return file.mime != null && file.mime.startsWith("audio/") ? "audio" : "image";
    }

    /** Where the page finds it. */
    static String address(Upload file) {
        return file.url != null ? file.url : "data:" + file.mime + ";base64," + file.data;
    }

    /** A text that is nothing but the address of a picture is a picture; else null. */
    static Upload pictureAt(String text) {
        if (!PICTURE.test(text)) {
            return null;
        }
        Upload file = new Upload();
        file.url = text;
        String path = text.split("[?#]")[0];
        file.name = path.substring(path.lastIndexOf('/') + 1);
        try {
            file.name = Browser.decodeURIComponent(file.name);
        } catch (RuntimeException e) {
            // Then it stays as it is written.
        }
        return file;
    }

    static void read(File file, Consumer<Upload> then) {
        boolean audio = file.type.startsWith("audio/");
        if (!audio && !file.type.startsWith("image/")) {
            Dom.toast("Solo se pueden adjuntar imágenes y audios.");
        } else if (audio || SHOWN.test(file.type) && file.size <= LIMIT) {
            encode(file, file.type, file.name, then);
        } else {
            shrink(file, then);
        }
    }

    private static void encode(Blob blob, String mime, String name, Consumer<Upload> then) {
        if (blob.size > LIMIT) {
            Dom.toast("El archivo es demasiado grande: hasta 700 KB.");
            return;
        }
        FileReader reader = new FileReader();
        reader.onload = event -> {
            String url = Js.uncheckedCast(reader.result);
            Upload upload = new Upload();
            upload.data = url.substring(url.indexOf(',') + 1);
            upload.mime = mime;
            upload.name = name == null || name.isEmpty() ? "imagen" : name;
            then.accept(upload);
            return null;
        };
        reader.onerror = event -> {
            Dom.toast("El archivo no se puede leer.");
            return null;
        };
        reader.readAsDataURL(blob);
    }

    /** A photo of a phone of today, made small enough to travel inside a message. */
    private static void shrink(File file, Consumer<Upload> then) {
        String address = URL.createObjectURL(file);
        HTMLImageElement photo = Js.uncheckedCast(DomGlobal.document.createElement("img"));
        photo.onload = event -> {
            double scale = Math.min(1, LARGEST / Math.max(photo.naturalWidth, photo.naturalHeight));
            HTMLCanvasElement canvas = Js.uncheckedCast(DomGlobal.document.createElement("canvas"));
            canvas.width = (int) Math.round(photo.naturalWidth * scale);
            canvas.height = (int) Math.round(photo.naturalHeight * scale);
            CanvasRenderingContext2D context = Js.uncheckedCast(canvas.getContext("2d"));
            context.drawImage(photo, 0, 0, canvas.width, canvas.height);
            URL.revokeObjectURL(address);
            canvas.toBlob(blob -> {
                encode(blob, "image/jpeg", file.name, then);
                return null;
            }, "image/jpeg", 0.82);
            return null;
        };
        photo.onerror = event -> {
            URL.revokeObjectURL(address);
            Dom.toast("La imagen no se puede leer.");
            return null;
        };
        photo.src = address;
    }
}
