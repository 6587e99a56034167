package gwtchat.client;

import elemental2.dom.ClipboardEvent;
import elemental2.dom.File;
import elemental2.dom.HTMLButtonElement;
import elemental2.dom.HTMLElement;
import elemental2.dom.HTMLInputElement;
import elemental2.dom.HTMLTextAreaElement;
import elemental2.dom.KeyboardEvent;
import gwtchat.client.Wire.Conversation;
import gwtchat.client.Wire.Draft;
import gwtchat.client.Wire.Platform;
import gwtchat.client.Wire.Upload;
import java.util.List;
import java.util.stream.Collectors;
import jsinterop.base.Js;

/** Where a message is written: the text, what is attached to it, and drafts, which the browser keeps over a reload. */
final class Composer {
    private static final int MAX_TEXT = 4_000; // as the server's
    private static final int TALLEST = 168;

    private static final HTMLTextAreaElement text = Dom.the("text");
    private static final HTMLButtonElement send = Dom.the("send");
    private static Upload attachment;
    private static Kept drafts;

    private Composer() {}

    static void begin() {
        drafts = new Kept("draft");
        Dom.on(text, "input", event -> {
            keep();
            check();
        });
        Dom.on(text, "keydown", event -> {
            KeyboardEvent key = Js.uncheckedCast(event);
            boolean composing = Js.isTruthy(Js.asPropertyMap(event).get("isComposing"));
            if (key.key.equals("Enter") && !key.shiftKey && !composing) {
                event.preventDefault();
                submit();
            }
        });
        Dom.on(text, "paste", event -> {
            ClipboardEvent paste = Js.uncheckedCast(event);
            if (paste.clipboardData.files.length > 0) {
                event.preventDefault();
                Files.read(paste.clipboardData.files.item(0), Composer::attach);
            }
        });
        Dom.on(Dom.byId("composer"), "submit", event -> {
            event.preventDefault();
            submit();
        });
        HTMLInputElement file = Dom.the("file");
        Dom.on(Dom.byId("attach"), "click", event -> file.click());
        Dom.on(file, "change", event -> {
            File chosen = file.files.length > 0 ? file.files.item(0) : null;
            if (chosen != null) {
                Files.read(chosen, Composer::attach);
            }
            file.value = "";
        });
    }

    static void focus() {
        text.focus();
    }

    private static void attach(Upload file) {
        attachment = file;
        keep();
        check();
        focus();
    }

    private static void keep() {
        if (text.value.isEmpty() && attachment == null) {
            drafts.remove(State.open);
            return;
        }
        Draft draft = new Draft();
        draft.text = text.value;
        draft.attachment = attachment;
        if (!drafts.put(State.open, draft) && attachment != null) {
            draft.attachment = null; // the text at least
            drafts.put(State.open, draft);
        }
    }

    /** Shows what is half written in the open conversation. */
    static void restore() {
        Draft draft = drafts.get(State.open);
        text.value = draft == null || draft.text == null ? "" : draft.text;
        attachment = draft == null ? null : draft.attachment;
        check();
    }

    /** The height, what is too much, what is attached, and what others will see of it. */
    static void check() {
        Conversation in = State.current();
        if (in == null) {
            return;
        }
        text.style.setProperty("height", "auto");
        text.style.setProperty("height", text.scrollHeight + "px");
        text.style.setProperty("overflow-y", text.scrollHeight > TALLEST ? "auto" : "hidden");
        int over = Texts.length(text.value.trim()) - MAX_TEXT;
        Dom.show(Dom.byId("over"), over > 0);
        Dom.byId("over").textContent = over == 1 ? "Te pasaste por una letra." : "Te pasaste por " + over + " letras: entran 4.000.";
        send.disabled = over > 0 || text.value.trim().isEmpty() && attachment == null;
        Upload shown = attachment != null ? attachment : Files.pictureAt(text.value.trim());
        Dom.show(Dom.byId("attached"), shown != null);
        if (shown != null) {
            preview(shown, in);
        }
        Pane.follow();
    }

    private static void preview(Upload file, Conversation in) {
        boolean audio = Files.kind(file).equals("audio");
        List<String> unable = State.othersIn(in).stream().filter(p -> !able(p, audio)).map(p -> p.name).collect(Collectors.toList());
        String hint = file == attachment ? "" : "Se envía como imagen.";
        if (!unable.isEmpty()) {
            hint = Texts.list(unable) + (unable.size() == 1 ? " no muestra " : " no muestran ") + (audio ? "audios" : "imágenes") + ": ahí llega como texto.";
        }
        HTMLElement picture = Dom.make("img", "");
        picture.setAttribute("src", audio ? "" : Files.address(file));
        picture.setAttribute("alt", "");
        picture.setAttribute("referrerpolicy", "no-referrer");
        Dom.fill(Dom.byId("attached"),
                audio ? Dom.make("span", "sound", "♪") : picture,
                Dom.make("span", "what", Dom.written("strong", "", file.name), Dom.make("span", "hint", hint)),
                file != attachment ? null : Dom.with(Dom.button("icon", () -> attach(null), Dom.icon("close")), "aria-label", "Quitar el archivo"));
    }

    private static boolean able(Platform platform, boolean audio) {
        return audio ? platform.supportAudio : platform.supportImage;
    }

    private static void submit() {
        String written = text.value.trim();
        if (send.disabled) {
            return;
        }
        Upload address = attachment == null ? Files.pictureAt(written) : null;
        Upload file = attachment != null ? attachment : address;
        String conversation = State.open;
        attachment = null;
        text.value = "";
        keep();
        check();
        focus();
        Outbox.send(conversation, address != null ? "" : written, file);
    }
}
