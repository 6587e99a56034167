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
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Platform;
import gwtchat.client.Wire.Reply;
import gwtchat.client.Wire.Upload;
import java.util.List;
import java.util.stream.Collectors;
import jsinterop.base.Js;

/**
 * Where a message is written: the text, what is attached to it, what it answers, and drafts, which the browser keeps over a reload. One
 * that is there is edited here too; the draft waits meanwhile.
 */
final class Composer {
    private static final int MAX_TEXT = 4_000; // as the server's
    private static final int TALLEST = 168;

    private static final HTMLTextAreaElement text = Dom.the("text");
    private static final HTMLButtonElement send = Dom.the("send");
    private static Upload attachment;
    /** What is answered, as it is shown. */
    private static Reply reply;
    /** The message that is edited. */
    private static Message edited;
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
            Runnable meant = composing ? null : meant(key);
            if (meant != null) {
                event.preventDefault();
                meant.run();
            }
        });
        Dom.on(text, "paste", event -> {
            ClipboardEvent paste = Js.uncheckedCast(event);
            if (paste.clipboardData.files.length > 0 && edited == null) {
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

    private static Runnable meant(KeyboardEvent key) {
        boolean empty = text.value.isEmpty() && attachment == null && reply == null && edited == null;
        switch (key.key) {
            case "Enter":
                return key.shiftKey ? null : Composer::submit;
            case "Escape":
                return edited != null || reply != null ? Composer::cancel : null;
            case "ArrowUp":
                Message last = empty ? Pane.lastOwn() : null;
                return last == null ? null : () -> edit(last);
            default:
                return null;
        }
    }

    // What is answered, and what is edited.

    /** The next message answers this one. */
    static void answer(Message message) {
        if (edited != null) {
            restore();
        }
        reply = MessageView.quoted(message);
        keep();
        check();
        focus();
    }

    /** Another text for this message. */
    static void edit(Message message) {
        edited = message;
        attachment = null;
        reply = null;
        text.value = message.text;
        check();
        focus();
        text.setSelectionRange(text.value.length(), text.value.length());
    }

    /** No answer; no edit, and the draft is back. */
    private static void cancel() {
        if (edited != null) {
            restore();
        } else {
            reply = null;
            keep();
            check();
        }
        focus();
    }

    private static void showRegarding() {
        Dom.show(Dom.byId("regarding"), edited != null || reply != null);
        if (edited == null && reply == null) {
            return;
        }
        String title = edited != null ? "Editás tu mensaje"
                : State.isMe(reply.sender) ? "Respondés a tu mensaje" : "Respondés a " + State.nameOf(reply.sender, reply.senderName);
        String said = edited != null ? MessageView.inShort(edited) : MessageView.inShort(reply);
        HTMLElement close = Dom.button("icon", Composer::cancel, Dom.icon("close"));
        close.setAttribute("aria-label", edited != null ? "No editar" : "No responder");
        close.setAttribute("title", "Cancelar (Escape)");
        Dom.fill(Dom.byId("regarding"), Dom.icon(edited != null ? "edit" : "reply"),
                Dom.make("span", "what", Dom.written("strong", "", title), Dom.written("span", "short", said)), close);
    }

    private static void attach(Upload file) {
        if (edited != null) {
            return; // it has begun meanwhile
        }
        attachment = file;
        keep();
        check();
        focus();
    }

    private static void keep() {
        if (edited != null) {
            return;
        }
        if (text.value.isEmpty() && attachment == null && reply == null) {
            drafts.remove(State.open);
            return;
        }
        Draft draft = new Draft();
        draft.text = text.value;
        draft.attachment = attachment;
        draft.reply = reply;
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
        reply = draft == null ? null : draft.reply;
        edited = null;
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
        boolean nothing = attachment == null && (edited == null || edited.attachments.length == 0);
        send.disabled = over > 0 || text.value.trim().isEmpty() && nothing;
        send.setAttribute("aria-label", edited == null ? "Enviar" : "Guardar");
        Dom.<HTMLButtonElement>the("attach").disabled = edited != null;
        showRegarding();
        Upload shown = edited != null ? null : attachment != null ? attachment : Files.pictureAt(text.value.trim());
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
        if (edited != null) {
            Message message = edited;
            restore();
            focus();
            if (!written.equals(message.text)) {
                Outbox.edit(message, written);
            }
            return;
        }
        Upload address = attachment == null ? Files.pictureAt(written) : null;
        Upload file = attachment != null ? attachment : address;
        Reply answered = reply;
        String conversation = State.open;
        attachment = null;
        reply = null;
        text.value = "";
        keep();
        check();
        focus();
        Outbox.send(conversation, address != null ? "" : written, file, answered);
    }
}
