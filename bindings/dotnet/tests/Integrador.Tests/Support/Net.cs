using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace Integrador.Tests.Support
{
    /// <summary>The registries and stores of some platforms, each with a port of its own, in a folder.</summary>
    internal sealed class Net : IDisposable
    {
        /// <summary>Outside the range from which the system takes the ports of outgoing connections: what is chosen for later stays free.</summary>
        private static int last = 10_000 + (Process.GetCurrentProcess().Id % 220 * 100);

        private readonly Folder folder = new Folder();
        private readonly Dictionary<string, int> ports = new Dictionary<string, int>();
        private readonly List<Node> open = new List<Node>();

        internal Net(params string[] names)
            : this(names, Array.Empty<string>())
        {
        }

        /// <summary>Newcomers know nobody, and nobody knows them.</summary>
        internal Net(IReadOnlyCollection<string> names, IReadOnlyCollection<string> newcomers)
        {
            foreach (string name in names.Concat(newcomers))
            {
                ports[name] = FreePort();
            }
            foreach (string name in names)
            {
                File.WriteAllText(Registry(name), Json.Write(names.Select(other => Entry(name, other))));
            }
            foreach (string name in newcomers)
            {
                File.WriteAllText(Registry(name), "[]");
            }
        }

        internal static int FreePort()
        {
            while (true)
            {
                last = last < 32_000 ? last + 1 : 10_000;
                var listener = new TcpListener(IPAddress.Loopback, last);
                try
                {
                    listener.Start();
                    listener.Stop();
                    return last;
                }
                catch (SocketException)
                {
                    // Somebody has it.
                }
            }
        }

        internal string Store(string name) => folder.File(name + ".db");

        internal string Registry(string name) => folder.File(name + ".platforms.json");

        internal string InFolder(string name) => folder.File(name);

        /// <summary>How the node of a platform is configured, for a program in any language.</summary>
        internal Dictionary<string, object?> Config(string name) => Json.Made(
            ("platform", name), ("store", Store(name)), ("platforms", Registry(name)), ("listen", "127.0.0.1:" + ports[name]));

        internal NodeOptions Options(string name) => new NodeOptions
        {
            Platform = name,
            Store = Store(name),
            Platforms = Registry(name),
            Listen = "127.0.0.1:" + ports[name],
        };

        internal Node Open(string name, Action<NodeOptions>? configure = null)
        {
            NodeOptions options = Options(name);
            configure?.Invoke(options);
            Node node = Node.Open(options);
            open.Add(node);
            return node;
        }

        public void Dispose()
        {
            open.ForEach(node => node.Dispose());
            folder.Dispose();
        }

        private Dictionary<string, object?> Entry(string name, string other)
        {
            string token = string.CompareOrdinal(name, other) < 0 ? name + "-" + other : other + "-" + name;
            return Json.Made(("id", 1), ("name", other), ("endpoint", $"http://127.0.0.1:{ports[other]}/"), ("token", token));
        }
    }
}
