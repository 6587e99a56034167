package gwtchat.client;

import elemental2.core.Global;
import elemental2.dom.DomGlobal;
import elemental2.dom.RequestInit;
import gwtchat.client.Wire.Answer;
import java.util.function.Consumer;
import jsinterop.base.Js;

/** Calls of the server. */
final class Api {
    private Api() {}

    /** Why a call was not done, as a sentence that can be shown; {@code passing}: trying again later may help. */
    static final class Failure {
        final String sentence;
        final int status;
        final boolean passing;

        Failure(String sentence, int status) {
            this.sentence = sentence;
            this.status = status;
            passing = status == 0 || status == 429 || status >= 500;
        }
    }

    static void get(String path, Consumer<Answer> then, Consumer<Failure> otherwise) {
        send(path, RequestInit.create(), then, otherwise);
    }

    static void post(String path, Object body, Consumer<Answer> then, Consumer<Failure> otherwise) {
        RequestInit request = RequestInit.create();
        request.setMethod("POST");
        request.setHeaders(new String[][] {{"Content-Type", "application/json"}});
        request.setBody(Global.JSON.stringify(body));
        send(path, request, then, otherwise);
    }

    /** The path of a conversation, whatever is in its id. */
    static String of(String conversation, String action) {
        return "/app/conversations/" + Browser.encodeURIComponent(conversation) + "/" + action;
    }

    private static void send(String path, RequestInit request, Consumer<Answer> then, Consumer<Failure> otherwise) {
        DomGlobal.fetch(path, request).then(response -> response.text().then(text -> {
            Answer answer = parse(text);
            if (response.ok && answer != null) {
                then.accept(answer);
            } else {
                boolean said = answer != null && answer.error != null;
                otherwise.accept(new Failure(said ? answer.error : "Algo salió mal. Probá de nuevo.", response.ok ? 502 : response.status));
            }
            return null;
        }, error -> {
            otherwise.accept(new Failure("Se cortó la conexión con el chat.", 0));
            return null;
        }), error -> {
            otherwise.accept(new Failure("No hay conexión con el chat.", 0));
            return null;
        });
    }

    private static Answer parse(String text) {
        try {
            return Js.uncheckedCast(Global.JSON.parse(text));
        } catch (RuntimeException e) {
            return null;
        }
    }
}
