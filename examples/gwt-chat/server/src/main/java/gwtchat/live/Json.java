package gwtchat.live;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;

/** The one form in which the server and the page speak. What is null is left out. */
public final class Json {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private Json() {}

    public static String write(Object value) {
        return GSON.toJson(value);
    }

    /** @throws JsonParseException if it is no JSON of that form */
    public static <T> T read(String text, Class<T> type) {
        T value = GSON.fromJson(text, type);
        if (value == null) {
            throw new JsonParseException("nothing");
        }
        return value;
    }
}
