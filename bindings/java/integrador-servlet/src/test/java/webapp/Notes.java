package webapp;

import dev.integrador.ExternalId;
import dev.integrador.Node;
import dev.integrador.Receipt;
import dev.integrador.servlet.Integrador;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Shows the notes, and takes new ones. */
@WebServlet("/notes")
public class Notes extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain;charset=UTF-8");
        response.getWriter().println(String.join("\n", Board.NOTES));
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        request.setCharacterEncoding("UTF-8");
        String text = request.getParameter("text");
        Node node = Integrador.node(getServletContext());
        Receipt receipt = node.publishMessage(ExternalId.parse("Norte:1"), "1", text); // on disk when this returns
        Board.NOTES.add("Ana: " + text);
        response.getWriter().println("on its way to " + receipt.destinations());
    }
}
