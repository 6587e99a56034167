package gwtchat.client;

import elemental2.core.Global;
import java.util.ArrayList;
import java.util.List;
import jsinterop.base.Js;

/**
 * What the browser keeps over a reload, under a name of its own for each thing and person: so tabs don't overwrite what
 * others keep.
 */
final class Kept {
    private final String prefix;

    /** @param kind what it is that is kept */
    Kept(String kind) {
        prefix = "gwt-chat/" + State.platform + "/" + State.me.id + "/" + kind + "/";
    }

    /** Returns false if there is no room for it. */
    boolean put(String name, Object value) {
        try {
            Browser.storage().setItem(prefix + name, Global.JSON.stringify(value));
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    <T> T get(String name) {
        return parse(read(name));
    }

    private String read(String name) {
        try {
            return Browser.storage().getItem(prefix + name);
        } catch (RuntimeException e) {
            return null; // a browser that keeps nothing
        }
    }

    void remove(String name) {
        try {
            Browser.storage().removeItem(prefix + name);
        } catch (RuntimeException e) {
            // Then there is nothing.
        }
    }

    <T> List<T> all() {
        List<T> found = new ArrayList<>();
        try {
            for (int n = 0; n < Browser.storage().length; n++) {
                String key = Browser.storage().key(n);
                T value = key.startsWith(prefix) ? parse(Browser.storage().getItem(key)) : null;
                if (value != null) {
                    found.add(value);
                }
            }
        } catch (RuntimeException e) {
            // Then there is nothing.
        }
        return found;
    }

    private static <T> T parse(String json) {
        try {
            return json == null ? null : Js.uncheckedCast(Global.JSON.parse(json));
        } catch (RuntimeException e) {
            return null;
        }
    }
}
