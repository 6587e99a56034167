package gwtchat;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The command line. */
@Command(
        name = "gwt-chat",
        mixinStandardHelpOptions = true,
        version = "gwt-chat 0.1.0",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "A chat whose users write to those of other chats.",
        footer = {
            "",
            "Examples:",
            "  examples/gwt-chat/run",
            "  examples/gwt-chat/run --name Sur --listen 127.0.0.1:8083 --data sur \\",
            "      --platforms Sur.platforms.json --users Pablo,Tamara",
        })
final class Options {
    @Option(names = "--name", paramLabel = "NAME", defaultValue = "GWT_CHAT",
            description = "This platform's name, as the registries of the others spell it. Default: ${DEFAULT-VALUE}")
    String name;

    @Option(names = "--listen", paramLabel = "HOST:PORT", defaultValue = "127.0.0.1:8080", converter = Address.class,
            description = "Where the page, and the node under /api/, are served. Port 0: any free one. Default: ${DEFAULT-VALUE}")
    InetSocketAddress listen;

    @Option(names = "--data", paramLabel = "DIR", defaultValue = "gwt-chat-data",
            description = "The folder of the chat's database and the node's store; made if it isn't there. Default: ${DEFAULT-VALUE}")
    Path data;

    @Option(names = "--platforms", paramLabel = "FILE",
            description = "The registry file of the other platforms. Default: platforms.json in the data folder, if it is there")
    private Path platforms;

    @Option(names = "--users", paramLabel = "NAME,…", hideParamSyntax = true, split = ",", defaultValue = "Sofía,Tomás,Valentina",
            description = "The users that a new database begins with. Default: ${DEFAULT-VALUE}")
    List<String> users;

    @Option(names = "--framed-by", paramLabel = "ORIGIN", converter = Origin.class,
            description = "The origin whose pages may show this one in a frame, such as http://127.0.0.1:4999. Default: nobody's")
    private String framedBy;

    Optional<String> framedBy() {
        return Optional.ofNullable(framedBy);
    }

    Optional<Path> platforms() {
        Path beside = data.resolve("platforms.json");
        return Optional.ofNullable(platforms).or(() -> Optional.of(beside).filter(Files::exists));
    }

    /** It becomes part of a header, so nothing else gets in. */
    static final class Origin implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            if (!text.matches("https?://[A-Za-z0-9.:\\[\\]-]+")) {
                throw new TypeConversionException("'" + text + "' is no origin, such as http://127.0.0.1:4999");
            }
            return text;
        }
    }

    static final class Address implements ITypeConverter<InetSocketAddress> {
        @Override
        public InetSocketAddress convert(String text) {
            int colon = text.lastIndexOf(':');
            try {
                return new InetSocketAddress(text.substring(0, colon).replaceAll("^\\[|]$", ""), Integer.parseInt(text.substring(colon + 1)));
            } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
                throw new TypeConversionException("'" + text + "' is no HOST:PORT, such as 127.0.0.1:8080");
            }
        }
    }
}
