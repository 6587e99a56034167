using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.RegularExpressions;

namespace NetCoreChat
{
    /// <summary>The command line.</summary>
    internal sealed class Options
    {
        internal const string Help = @"A chat whose users write to those of other chats.

Usage: netcore-chat [OPTIONS]

  --name NAME         This platform's name, as the registries of the others spell it. Default: net core
  --listen HOST:PORT  Where the page, and the node under /api/, are served. Port 0: any free one. Default: 127.0.0.1:8082
  --data DIR          The folder of the chat's journal and the node's store; made if it isn't there. Default: netcore-chat-data
  --platforms FILE    The registry file of the other platforms. Default: platforms.json in the data folder, if it is there
  --users NAME,…      The users that a new chat begins with. Default: Lucía,Mateo,Zoe
  --framed-by ORIGIN  The origin whose pages may show this one in a frame, such as http://127.0.0.1:4999. Default: nobody's
  --help              This text
  --version           The version

Examples:
  examples/netcore-chat/run
  examples/netcore-chat/run --name Oeste --listen 127.0.0.1:8084 --data oeste --platforms Oeste.platforms.json --users Íñigo,Pilar
";

        /// <summary>This platform's name.</summary>
        internal string Name { get; private set; } = "net core";

        internal string Host { get; private set; } = "127.0.0.1";

        internal int Port { get; private set; } = 8082;

        internal string Data { get; private set; } = "netcore-chat-data";

        /// <summary>The registry file of the other platforms; null: there is none.</summary>
        internal string? Platforms { get; private set; }

        internal IReadOnlyList<string> Users { get; private set; } = new[] { "Lucía", "Mateo", "Zoe" };

        /// <summary>The origin whose pages may show this one in a frame; null: nobody's.</summary>
        internal string? FramedBy { get; private set; }

        /// <summary>What is to be printed instead of starting.</summary>
        internal string? Printed { get; private set; }

        /// <exception cref="FormatException">They are wrong: the message says which, and why.</exception>
        internal static Options Parse(IReadOnlyList<string> arguments)
        {
            var options = new Options();
            var given = new HashSet<string>(StringComparer.Ordinal);
            for (int n = 0; n < arguments.Count; n++)
            {
                string[] parts = arguments[n].Split('=', 2);
                string name = parts[0];
                if (name == "--help" || name == "-h" || name == "--version")
                {
                    options.Printed = name == "--version" ? "netcore-chat 0.1.0\n" : Help;
                    return options;
                }
                if (!Setters.TryGetValue(name, out Action<Options, string>? set))
                {
                    throw new FormatException(
                        name.StartsWith('-') ? $"there is no option {name}" : $"'{name}' is not expected: values stand after their option");
                }
                string value = parts.Length == 2 ? parts[1]
                    : n + 1 < arguments.Count ? arguments[++n]
                    : throw new FormatException($"{name} needs a value");
                if (value.Length == 0)
                {
                    throw new FormatException($"{name} is empty");
                }
                if (!given.Add(name))
                {
                    throw new FormatException($"{name} is given twice");
                }
                set(options, value);
            }
            string beside = Path.Combine(options.Data, "platforms.json");
            options.Platforms ??= File.Exists(beside) ? beside : null;
            return options;
        }

        private static readonly Dictionary<string, Action<Options, string>> Setters = new Dictionary<string, Action<Options, string>>(StringComparer.Ordinal)
        {
            ["--name"] = (options, value) => options.Name = Platform(value),
            ["--listen"] = (options, value) => options.Listen(value),
            ["--data"] = (options, value) => options.Data = value,
            ["--platforms"] = (options, value) => options.Platforms = File.Exists(value)
                ? value
                : throw new FormatException($"--platforms {value}: there is no such file"),
            ["--users"] = (options, value) => options.Users = Names(value),
            ["--framed-by"] = (options, value) => options.FramedBy = Origin(value),
        };

        private static string Platform(string value) => value.Length <= 64 && !value.Contains(':', StringComparison.Ordinal)
            ? value
            : throw new FormatException($"--name '{value}': a platform's name has up to 64 characters, and no colon");

        /// <summary>It becomes part of a header, so nothing else gets in.</summary>
        private static string Origin(string value) => Regex.IsMatch(value, @"\Ahttps?://[A-Za-z0-9.:\[\]-]+\z")
            ? value
            : throw new FormatException($"--framed-by '{value}' is no origin, such as http://127.0.0.1:4999");

        private static IReadOnlyList<string> Names(string value)
        {
            List<string> names = value.Split(',').Select(name => name.Trim()).Where(name => name.Length > 0).ToList();
            string? twice = names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1)?.Key;
            return twice == null ? names : throw new FormatException($"--users: {twice} is there twice");
        }

        private void Listen(string value)
        {
            int colon = value.LastIndexOf(':');
            string host = colon < 0 ? "" : value.Substring(0, colon).Trim('[', ']');
            bool known = host == "localhost" || IPAddress.TryParse(host, out _);
            if (!known || !int.TryParse(value.AsSpan(colon + 1), out int port) || port < 0 || port > 65535)
            {
                throw new FormatException($"--listen '{value}' is no HOST:PORT, such as 127.0.0.1:8082");
            }
            Host = host;
            Port = port;
        }
    }
}
