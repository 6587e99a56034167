package gwtchat.client;

import elemental2.core.JsRegExp;
import elemental2.dom.HTMLElement;
import elemental2.dom.HTMLImageElement;
import gwtchat.client.Wire.Conversation;
import gwtchat.client.Wire.Person;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jsinterop.base.Js;

/** The colours of the platforms, and what is drawn in them. */
final class Look {
    /** Well apart, and given in the same way by the pages of all who know the same platforms. */
    private static final int[] HUES = {200, 255, 155, 310, 45, 95, 350, 285};

    private static final Map<String, Integer> hues = new HashMap<>();

    private static final JsRegExp ADDRESS = new JsRegExp("^https?://", "i");

    /** Addresses of pictures that could not be loaded: not asked for again. */
    private static final Set<String> broken = new HashSet<>();

    private Look() {}

    static void assignHues(Collection<String> names) {
        hues.clear();
        List<String> sorted = new ArrayList<>(names);
        Collections.sort(sorted);
        for (String name : sorted) {
            int place = 0;
            for (int n = 0; n < name.length(); n += Character.charCount(name.codePointAt(n))) {
                place = (place * 31 + name.codePointAt(n)) % 65_521;
            }
            place %= HUES.length;
            for (int n = 0; n < HUES.length && hues.containsValue(HUES[place]); n++) {
                place = (place + 1) % HUES.length;
            }
            hues.put(name, HUES[place]);
        }
    }

    /** Gives an element the colour of a platform. */
    static HTMLElement hued(HTMLElement element, String platform) {
        element.style.setProperty("--h", String.valueOf(hues.getOrDefault(platform, 45)));
        return element;
    }

    static HTMLElement badge(String platform) {
        return hued(Dom.make("span", "badge hue", platform), platform);
    }

    static HTMLElement badge(String platform, boolean down) {
        return down ? Dom.with(Dom.make("span", "badge down", platform), "title", platform + " no responde") : badge(platform);
    }

    static HTMLElement face(Person person) {
        return face(person.name, person.platform, person.avatar);
    }

    /** @param picture its address, or null; until it is loaded, and where it can't be, the initials stand */
    static HTMLElement face(String name, String platform, String picture) {
        String initials = "";
        String[] words = name.trim().split("\\s+");
        for (int n = 0; n < Math.min(2, words.length); n++) {
            initials += words[n].isEmpty() ? "" : words[n].substring(0, Character.charCount(words[n].codePointAt(0)));
        }
        return pictured(drawn("face hue", platform, initials.toUpperCase()), picture);
    }

    static HTMLElement face(Conversation c) {
        String kind = State.kindOf(c);
        String picture = State.avatarOf(c);
        return kind.equals("person") ? face(State.titleOf(c), State.homeOf(c), picture) : pictured(drawn("face hue room", State.homeOf(c), Dom.icon(kind)), picture);
    }

    private static HTMLElement drawn(String classes, String platform, Object inside) {
        return hued(Dom.with(Dom.make("span", classes, inside), "aria-hidden", "true"), platform);
    }

    private static HTMLElement pictured(HTMLElement face, String picture) {
        if (picture == null || !ADDRESS.test(picture) || broken.contains(picture)) {
            return face;
        }
        HTMLImageElement image = Js.uncheckedCast(Dom.make("img", ""));
        image.alt = "";
        image.setAttribute("referrerpolicy", "no-referrer");
        Dom.on(image, "load", event -> Dom.fill(face, image));
        Dom.on(image, "error", event -> broken.add(picture));
        image.src = picture;
        if (image.complete && image.naturalWidth > 0) {
            Dom.fill(face, image); // this page has it: no initials for a moment
        }
        return face;
    }
}
