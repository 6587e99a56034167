using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Integrador.Tests.Support
{
    using Fields = Dictionary<string, object?>;

    /// <summary>
    /// A file of a program that may be killed at any instant: what was acknowledged to it, or what it got and acknowledged. The format is
    /// that of <c>tests/src/ledger.rs</c>, and so is what is checked.
    /// </summary>
    internal sealed class Ledger : IDisposable
    {
        private readonly FileStream file;

        internal Ledger(string path)
        {
            file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            if (file.Position > 0)
            {
                // A line that a crash cut short is ended.
                file.WriteByte((byte)'\n');
            }
        }

        /// <summary>Adds these lines; they are on disk when it returns.</summary>
        internal void Add(params Fields[] lines)
        {
            lock (file)
            {
                byte[] text = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => Json.Write(line) + "\n")));
                file.Write(text, 0, text.Length);
                file.Flush(flushToDisk: true);
            }
        }

        public void Dispose() => file.Dispose();

        internal static Fields Said(string room, long n, Guid id) =>
            Json.Made(("line", "said"), ("room", room), ("n", n), ("event", id.ToString()));

        internal static Fields Got(Message message) => Json.Made(
            ("line", "got"),
            ("id", message.EventId.ToString()),
            ("pid", Process.GetCurrentProcess().Id),
            ("room", message.Room.ToString()),
            ("sender", message.Sender.ToString()),
            ("text", message.Text),
            ("late", message.Late));

        internal static Fields Acked(Fields got) => Json.Made(("line", "acked"), ("id", got["id"]));

        /// <summary>The last number that was acknowledged in a room.</summary>
        internal static long LastSaid(string said, string room) =>
            Lines(said).Where(line => line.Text("room") == room).Select(line => (long)line["n"]!).DefaultIfEmpty(0).Max();

        /// <summary>The texts that came from this sender in this room, each the first time that it came.</summary>
        internal static List<string> Texts(string heard, string room, string sender)
        {
            var seen = new HashSet<string>();
            return Lines(heard)
                .Where(line => line.Text("line") == "got" && line.Text("room") == room && line.Text("sender") == sender)
                .Where(line => seen.Add(line.Text("id")))
                .Select(line => line.Text("text"))
                .ToList();
        }

        /// <summary>The lines of the file; what a crash cut short is left out.</summary>
        internal static List<Fields> Lines(string path)
        {
            var lines = new List<Fields>();
            if (!File.Exists(path))
            {
                return lines;
            }
            using (var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)))
            {
                for (string? line = reader.ReadLine(); line != null; line = reader.ReadLine())
                {
                    try
                    {
                        if (line.Length > 0)
                        {
                            lines.Add(Json.Fields(line));
                        }
                    }
                    catch (JsonException)
                    {
                        // Cut short.
                    }
                }
            }
            return lines;
        }
    }
}
