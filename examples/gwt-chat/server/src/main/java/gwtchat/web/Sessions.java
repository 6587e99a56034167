package gwtchat.web;

import gwtchat.db.Users;
import gwtchat.model.User;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

/** Who is logged in, by a cookie that scripts can't read and other sites can't send. */
final class Sessions {
    private static final int MONTH = 30 * 86_400;

    private final SecureRandom random = new SecureRandom();
    private final Users users;

    Sessions(Users users) {
        this.users = users;
    }

    void begin(User user, HttpServletRequest request, HttpServletResponse response) {
        byte[] bytes = new byte[24];
        random.nextBytes(bytes);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        users.addSession(token, user.id());
        setCookie(token, MONTH, request, response);
    }

    void end(String token, HttpServletRequest request, HttpServletResponse response) {
        users.endSession(token);
        setCookie("", 0, request, response);
    }

    private void setCookie(String value, int seconds, HttpServletRequest request, HttpServletResponse response) {
        Cookie cookie = new Cookie(name(request), value);
        cookie.setPath("/");
        cookie.setHttpOnly(true);
        cookie.setMaxAge(seconds);
        cookie.setAttribute("SameSite", "Strict");
        response.addCookie(cookie);
    }

    Optional<String> token(HttpServletRequest request) {
        if (request.getCookies() != null) {
            for (Cookie cookie : request.getCookies()) {
                if (cookie.getName().equals(name(request))) {
                    return Optional.of(cookie.getValue());
                }
            }
        }
        return Optional.empty();
    }

    Optional<User> find(HttpServletRequest request) {
        return token(request).flatMap(users::ofSession);
    }

    User require(HttpServletRequest request) {
        return find(request).orElseThrow(() -> new Refusal(401, "Tu sesión terminó. Volvé a entrar."));
    }

    /** Cookies are not kept apart by port, and several of these chats often run on one machine. */
    private static String name(HttpServletRequest request) {
        return "session-" + request.getLocalPort();
    }
}
