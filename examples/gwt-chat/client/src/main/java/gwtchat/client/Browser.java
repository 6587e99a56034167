package gwtchat.client;

import elemental2.core.JsDate;
import jsinterop.annotations.JsMethod;
import jsinterop.annotations.JsPackage;
import jsinterop.annotations.JsProperty;
import jsinterop.annotations.JsType;

/** Parts of the browser that elemental2 has no Java for. */
final class Browser {
    private Browser() {}

    @JsProperty(namespace = JsPackage.GLOBAL, name = "localStorage")
    static native Storage storage();

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Storage")
    static class Storage {
        int length;

        native String key(int n);

        native String getItem(String key);

        native void setItem(String key, String value);

        native void removeItem(String key);
    }

    @JsType(isNative = true, namespace = "Intl", name = "DateTimeFormat")
    static class DateFormat {
        DateFormat(String locale, Object options) {}

        native String format(JsDate date);
    }

    @JsType(isNative = true, namespace = "Intl", name = "ListFormat")
    static class ListFormat {
        ListFormat(String locale) {}

        native String format(String[] items);
    }

    @JsType(isNative = true, namespace = "Intl", name = "Collator")
    static class Collator {
        Collator(String locale) {}

        native int compare(String one, String other);
    }

    @JsMethod(namespace = JsPackage.GLOBAL)
    static native String encodeURIComponent(String text);

    @JsMethod(namespace = JsPackage.GLOBAL)
    static native String decodeURIComponent(String text);
}
