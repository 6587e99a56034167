package gwtchat.client;

import elemental2.core.JsDate;
import elemental2.core.JsRegExp;
import elemental2.core.JsString;
import java.util.ArrayList;
import java.util.List;
import jsinterop.base.Js;
import jsinterop.base.JsPropertyMap;

/** Words and dates, as one writes them here. */
final class Texts {
    private static final Browser.DateFormat TIME = new Browser.DateFormat("es-AR", options("hour", "2-digit", "minute", "2-digit", "hourCycle", "h23"));
    private static final Browser.DateFormat DAY = new Browser.DateFormat("es-AR", options("weekday", "long", "day", "numeric", "month", "long"));
    private static final Browser.DateFormat SHORT = new Browser.DateFormat("es-AR", options("day", "numeric", "month", "short"));
    private static final Browser.ListFormat LIST = new Browser.ListFormat("es-AR");
    private static final Browser.Collator COLLATOR = new Browser.Collator("es-AR");
    private static final JsRegExp EMOJI = new JsRegExp("^(\\p{Extended_Pictographic}|\\p{Emoji_Modifier}|\\p{Regional_Indicator}|[\\u200d\\ufe0f\\s]){1,12}$", "u");
    private static final JsRegExp MARKS = new JsRegExp("\\p{M}", "gu");
    private static final double DAY_LONG = 86_400_000;

    private Texts() {}

    private static JsPropertyMap<Object> options(String... pairs) {
        JsPropertyMap<Object> options = JsPropertyMap.of();
        for (int n = 0; n < pairs.length; n += 2) {
            options.set(pairs[n], pairs[n + 1]);
        }
        return options;
    }

    static int compare(String one, String other) {
        return COLLATOR.compare(one, other);
    }

    /** Whether it contains that, whatever its capitals and accents. */
    static boolean contains(String text, String query) {
        return plain(text).contains(plain(query.trim()));
    }

    private static String plain(String text) {
        String apart = Js.<JsString>uncheckedCast(text.toLowerCase()).normalize("NFD");
        return Js.<JsString>uncheckedCast(apart).replace(MARKS, "");
    }

    static String list(List<String> items) {
        return LIST.format(items.toArray(new String[0]));
    }

    static boolean isEmoji(String text) {
        return EMOJI.test(text);
    }

    /** The emoji with which a text begins, or null; on its way it has 32 bytes at most. */
    static String emojiIn(String text) {
        String first = Browser.first(text.trim());
        return first != null && isEmoji(first) && Browser.bytes(first) <= 32 ? first : null;
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** A date of whatever form a platform writes; what is none counts as now. */
    private static JsDate date(String text) {
        JsDate date = new JsDate(text);
        return Double.isNaN(date.getTime()) ? new JsDate() : date;
    }

    private static double midnight(JsDate date) {
        JsDate day = new JsDate(date.getTime());
        day.setHours(0, 0, 0, 0);
        return day.getTime();
    }

    static boolean sameDay(String one, String other) {
        return midnight(date(one)) == midnight(date(other));
    }

    static String time(String text) {
        return TIME.format(date(text));
    }

    static String day(String text) {
        double ago = Math.round((midnight(new JsDate()) - midnight(date(text))) / DAY_LONG);
        return ago == 0 ? "Hoy" : ago == 1 ? "Ayer" : DAY.format(date(text));
    }

    static String when(String text) {
        return midnight(date(text)) == midnight(new JsDate()) ? time(text) : SHORT.format(date(text));
    }

    /** A text in pieces, every second of which is an address. */
    static List<String> withAddresses(String text) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int at = 0; (at = nextAddress(text, at)) >= 0; ) {
            int end = endOfAddress(text, at);
            if (end > text.indexOf("://", at) + 3) {
                pieces.add(text.substring(from, at));
                pieces.add(text.substring(at, end));
                from = end;
            }
            at = Math.max(end, at + 1);
        }
        pieces.add(text.substring(from));
        return pieces;
    }

    private static int nextAddress(String text, int from) {
        int http = text.indexOf("http://", from);
        int https = text.indexOf("https://", from);
        return http < 0 ? https : https < 0 ? http : Math.min(http, https);
    }

    /** What ends the sentence is no part of it; a bracket is if it was opened in it. */
    private static int endOfAddress(String text, int from) {
        int end = from;
        while (end < text.length() && " \t\r\n\u00a0<>\"«»".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        while (end > from) {
            char last = text.charAt(end - 1);
            boolean closing = (last == ')' || last == ']') && !isOpened(text.substring(from, end - 1), last == ')' ? '(' : '[', last);
            if (!closing && ".,;:!?'}*_".indexOf(last) < 0) {
                break;
            }
            end--;
        }
        return end;
    }

    private static boolean isOpened(String text, char opening, char closing) {
        int open = 0;
        for (char c : text.toCharArray()) {
            open += c == opening ? 1 : c == closing ? -1 : 0;
        }
        return open > 0;
    }
}
