package gwtchat.client;

import elemental2.core.JsDate;
import elemental2.core.Uint8Array;
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

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "HTMLElement")
    static class Focusable {
        native void focus(Object options);
    }

    @JsType(isNative = true, namespace = "Intl", name = "Segmenter")
    private static class Segmenter {
        Segmenter(String locale) {}

        native Object segment(String text);
    }

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    private static class Segment {
        String segment;
    }

    @JsMethod(namespace = "Array", name = "from")
    private static native Segment[] listOf(Object segments);

    /** What counts as the first letter for those who read it, or null. */
    static String first(String text) {
        Segment[] segments = listOf(new Segmenter("es").segment(text));
        return segments.length == 0 ? null : segments[0].segment;
    }

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "TextEncoder")
    private static class Encoder {
        native Uint8Array encode(String text);
    }

    /** How long it is as UTF-8. */
    static int bytes(String text) {
        return new Encoder().encode(text).length;
    }

    @JsMethod(namespace = JsPackage.GLOBAL)
    static native String encodeURIComponent(String text);

    @JsMethod(namespace = JsPackage.GLOBAL)
    static native String decodeURIComponent(String text);
}
