using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador;

namespace Bench
{
    /// <summary>
    /// An application that embeds a node, driven by its standard input: one order a line, one answer a line.
    /// <para><c>App NAME STORE REGISTRY [ADDRESS]</c></para>
    /// <para><c>announce</c> makes a user and a private room with one member on each platform; <c>publish CALLERS COUNT [await]</c> answers
    /// when the first call began and when the last had returned; <c>start</c> begins to handle events; <c>until N</c> answers when the
    /// handler had seen the Nth message. Times are nanoseconds of the system's clock.</para>
    /// </summary>
    internal static class App
    {
        private const int Body = 300;
        private const string Frame = "{\"roomOriginalPlatform\":\"Alpha\",\"roomId\":\"1\",\"senderId\":\"1\",\"text\":\"\",\"platform\":\"Alpha\"}";
        private static readonly string Text = new string('x', Body - Frame.Length);

        private static async Task Main(string[] arguments)
        {
            var seen = new Seen();
            using (Node node = Node.Open(arguments[0], arguments[1], arguments[2], arguments.Length > 3 ? arguments[3] : null))
            {
                Console.WriteLine("ready");
                for (string? line = Console.ReadLine(); line != null && line != "close"; line = Console.ReadLine())
                {
                    string[] words = line.Split(' ');
                    Console.WriteLine(words[0] switch
                    {
                        "announce" => Announce(node, arguments[0], words[1]),
                        "publish" => await PublishAsync(node, Number(words[1]), Number(words[2]), words.Length > 3),
                        "start" => Start(node, seen),
                        "until" => seen.Until(Number(words[1])).ToString(CultureInfo.InvariantCulture),
                        "waiting" => $"{node.GetStatus().Platforms.Sum(platform => platform.Waiting)} {node.GetStatus().Inbox}",
                        _ => throw new ArgumentException("no such order: " + line),
                    });
                }
            }
            Console.WriteLine("closed");
        }

        private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

        private static long Now() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

        private static string Announce(Node node, string own, string other)
        {
            node.PublishUser("1", "Ana");
            var members = new Dictionary<string, IReadOnlyList<string>> { [own] = new[] { "1" }, [other] = new[] { "1" } };
            node.PublishRoom("1", "bench", RoomKind.Private, members);
            return "announced";
        }

        private static string Start(Node node, Seen seen)
        {
            node.Start(IntegradorHandler.Messages(_ => seen.Another()));
            return "started " + Now();
        }

        private static async Task<string> PublishAsync(Node node, int callers, int count, bool awaits)
        {
            int left = count;
            void Calls()
            {
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    node.PublishMessage("1", "1", Text);
                }
            }
            async Task CallsAsync()
            {
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    await node.PublishMessageAsync("1", "1", Text).ConfigureAwait(false);
                }
            }
            long began = Now();
            if (awaits)
            {
                await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(CallsAsync)));
            }
            else if (callers == 1)
            {
                Calls();
            }
            else
            {
                List<Thread> threads = Enumerable.Range(0, callers).Select(_ => new Thread(Calls)).ToList();
                threads.ForEach(thread => thread.Start());
                threads.ForEach(thread => thread.Join());
            }
            return $"{began} {Now()}";
        }

        /// <summary>Counts messages, and remembers when a certain one came.</summary>
        private sealed class Seen
        {
            private readonly object gate = new object();
            private int count;
            private int wanted;
            private long at;

            internal void Another()
            {
                lock (gate)
                {
                    if (++count == wanted)
                    {
                        at = Now();
                        Monitor.PulseAll(gate);
                    }
                }
            }

            internal long Until(int messages)
            {
                lock (gate)
                {
                    wanted = messages;
                    if (count >= messages)
                    {
                        return Now();
                    }
                    while (count < messages)
                    {
                        Monitor.Wait(gate);
                    }
                    return at;
                }
            }
        }
    }
}
