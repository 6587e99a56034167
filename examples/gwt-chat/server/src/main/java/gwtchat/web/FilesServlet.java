package gwtchat.web;

import gwtchat.Chat;
import gwtchat.model.Draft;
import gwtchat.model.Message;
import gwtchat.model.User;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The bytes of what is attached to a message, for those who may read it: {@code /app/files/MESSAGE/NUMBER}. */
final class FilesServlet extends JsonServlet {
    private static final Pattern PATH = Pattern.compile("/(\\d{1,18})/(\\d{1,3})");

    private final transient Chat chat;
    private final transient Sessions sessions;

    FilesServlet(Chat chat, Sessions sessions) {
        this.chat = chat;
        this.sessions = sessions;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Draft.File file;
        try {
            file = find(request, sessions.require(request));
        } catch (Refusal e) {
            answer(response, () -> {
                throw e;
            });
            return;
        }
        boolean shown = Upload.isShown(file.mime());
        response.setContentType(shown ? file.mime() : "application/octet-stream");
        response.setHeader("Content-Disposition", shown ? "inline" : "attachment");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
        response.setHeader("Cache-Control", "private, max-age=31536000, immutable");
        response.setContentLength(file.data().length);
        response.getOutputStream().write(file.data());
    }

    private Draft.File find(HttpServletRequest request, User me) {
        Matcher path = PATH.matcher(String.valueOf(request.getPathInfo()));
        if (!path.matches()) {
            throw Refusal.NOT_THERE;
        }
        Message message = chat.messages().find(Long.parseLong(path.group(1))).orElseThrow(() -> Refusal.NOT_THERE);
        chat.conversations().find(message.conversation()).filter(c -> c.admits(me.id())).orElseThrow(() -> Refusal.NOT_THERE);
        List<Draft.File> files = chat.messages().files(message.id());
        int number = Integer.parseInt(path.group(2));
        if (number >= files.size() || files.get(number).data() == null) {
            throw Refusal.NOT_THERE;
        }
        return files.get(number);
    }
}
