using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>Processes: killed under load, and chatting with Rust, Python and Java.</summary>
    public sealed class ProcessesTests : IDisposable
    {
        private const string Room = "Norte:7";
        private readonly Net net = new Net("Norte", "Sur");
        private readonly List<Child> children = new List<Child>();

        public void Dispose()
        {
            children.ForEach(child => child.Dispose());
            net.Dispose();
        }

        // Shows promises 1 and 4.
        [Fact(Timeout = 240_000)]
        public Task Who_is_killed_loses_nothing_that_was_acknowledged_and_keeps_the_order() => Task.Run(() =>
        {
            var chatters = new Dictionary<string, Child>();
            foreach (string name in new[] { "Norte", "Sur" })
            {
                chatters[name] = Chatter(name);
                chatters[name].Ask("user", ("id", 1), ("name", name));
            }
            chatters["Norte"].Ask("room", ("id", 7), ("name", "Plaza"), ("kind", "private"), ("members", new object[]
            {
                new object[] { "Norte", new[] { 1 } },
                new object[] { "Sur", new[] { 1 } },
            }));
            Eventually.So("the room at Sur", () => chatters["Sur"].Ask("known", ("room", Room))["room"] != null);
            foreach (Child chatter in chatters.Values)
            {
                Talk(chatter);
            }
            foreach (string killed in new[] { "Sur", "Norte", "Sur", "Norte", "Norte", "Sur" })
            {
                // Under load: it speaks and it hears.
                long said = Ledger.LastSaid(Said(killed), Room);
                int heard = HeardBy(killed).Count;
                Eventually.So("it speaks", () => Ledger.LastSaid(Said(killed), Room) >= said + 25);
                Eventually.So("it hears", () => HeardBy(killed).Count >= heard + 25);
                chatters[killed].Kill();
                chatters[killed] = Chatter(killed);
                Talk(chatters[killed]);
            }
            foreach (Child chatter in chatters.Values)
            {
                chatter.Ask("hush");
            }
            foreach (string name in chatters.Keys)
            {
                long said = Ledger.LastSaid(Said(Other(name)), Room);
                Eventually.So("all of it is heard", () => HeardBy(name).Count >= said);
            }
            foreach (string name in chatters.Keys)
            {
                Assert.True(chatters[name].End() == 0, chatters[name].Errors);
                Check(name);
            }
        });

        [Fact(Timeout = 120_000)]
        public Task Csharp_and_Rust_chat() => Chat(() =>
            Repository.Program("CHATTER", "target/debug/chatter") is string program
                ? new[] { program, Options("Sur") } : null);

        [Fact(Timeout = 120_000)]
        public Task Csharp_and_Python_chat() => Chat(() =>
        {
            string? python = Repository.Program("PYTHON", "target/python/venv/bin/python");
            return python != null && Run(python, "-c", "import integrador") == 0 ? new[] { python, "-c", Python, Options("Sur") } : null;
        });

        [Fact(Timeout = 120_000)]
        public Task Csharp_and_Java_chat() => Chat(() =>
            Environment.GetEnvironmentVariable("JAVA_CHATTER") is string classes && classes.Length > 0
                ? new[] { "java", "-cp", classes, "dev.integrador.ChatterMain", Options("Sur") } : null);

        [Fact(Timeout = 120_000)]
        public Task Csharp_and_Csharp_chat() => Chat(() => ChatterCommand("Sur"));

        private const string Python = @"
import json, sys
from integrador import ExternalId, Node
options = json.loads(sys.argv[1])
heard = open(options['heard'], 'a', buffering=1)
with Node(**options['config']) as node:
    @node.on_message
    def note(message):
        line = {'line': 'got', 'id': message.event_id, 'pid': 0, 'room': message.room, 'sender': message.sender}
        print(json.dumps({**line, 'text': message.text, 'late': message.late}), file=heard)
    node.start()
    print(json.dumps({'address': 'there'}), flush=True)
    for line in sys.stdin:
        order, answer = json.loads(line), {}
        if order['do'] == 'user':
            node.publish_user(order['id'], order['name'])
        elif order['do'] == 'known':
            room = node.room(ExternalId.parse(order['room']))
            answer['room'] = None if room is None else room.name
        else:
            node.publish_message(ExternalId.parse(order['room']), order['sender'], order['text'])
        print(json.dumps(answer), flush=True)
";

        /// <summary>Norte, which is here, and Sur, which is there, write and hear each other. Null: there is no such program here.</summary>
        private Task Chat(Func<string[]?> command) => Task.Run(() =>
        {
            string[]? words = command();
            if (words == null)
            {
                Console.WriteLine("        left out: no such program was built here");
                return;
            }
            Child sur = Started(words);
            var came = new ConcurrentQueue<Message>();
            Node norte = net.Open("Norte");
            norte.Start(IntegradorHandler.Messages(came.Enqueue));
            sur.Ask("user", ("id", "r"), ("name", "Ruth"));
            norte.PublishUser("1", "Ana");
            norte.PublishRoom("7", "Plaza", RoomKind.Private, new Dictionary<string, IReadOnlyList<string>>
            {
                ["Norte"] = new[] { "1" },
                ["Sur"] = new[] { "r" },
            });
            Eventually.So("the room at Sur", () => sur.Ask("known", ("room", Room))["room"] != null);
            Eventually.So("the user at Norte", () => norte.Users("Sur").Count > 0);
            List<string> theirs = Enumerable.Range(0, 20).Select(n => Text("¿de allá? ", n)).ToList();
            List<string> ours = Enumerable.Range(0, 20).Select(n => Text("de C# \uD83D\uDE00 ", n)).ToList();
            for (int n = 0; n < 20; n++)
            {
                norte.PublishMessage("7", "1", ours[n]);
                sur.Ask("say", ("room", Room), ("sender", "r"), ("text", theirs[n]));
            }
            Eventually.So("theirs are heard", () => came.Count >= theirs.Count);
            Eventually.So("ours are heard", () => Ledger.Texts(Heard("Sur"), Room, "Norte:1").Count >= ours.Count);
            Assert.True(sur.End() == 0, sur.Errors);
            Assert.Equal(ours, Ledger.Texts(Heard("Sur"), Room, "Norte:1"));
            Assert.Equal(theirs, came.Select(message => message.Text).ToList());
            Assert.Equal("Sur:r Ruth", came.Select(message => $"{message.Sender} {message.SenderName}").Distinct().Single());
        });

        private static string Text(string what, int n) => what + n.ToString(CultureInfo.InvariantCulture);

        private static int Run(params string[] command)
        {
            using (var child = new Child(command))
            {
                return child.Ended();
            }
        }

        private static string Other(string platform) => platform == "Norte" ? "Sur" : "Norte";

        private static void Talk(Child chatter) => chatter.Ask("talk", ("rooms", new[] { new object[] { Room, 1 } }), ("pause_ms", 1));

        private string Said(string platform) => net.InFolder(platform + ".said");

        private string Heard(string platform) => net.InFolder(platform + ".heard");

        private List<string> HeardBy(string platform) => Ledger.Texts(Heard(platform), Room, Other(platform) + ":1");

        private string Options(string platform) => Json.Write(Json.Made(
            ("config", net.Config(platform)), ("said", Said(platform)), ("heard", Heard(platform))));

        /// <summary>A platform in a process of its own, by the program beside these tests.</summary>
        private Child Chatter(string platform) => Started(ChatterCommand(platform));

        private string[] ChatterCommand(string platform)
        {
            // The same configuration and framework as these tests have.
            string built = AppContext.BaseDirectory.Replace("Integrador.Tests", "Chatter", StringComparison.Ordinal);
            return new[] { Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Process.GetCurrentProcess().MainModule!.FileName!, Path.Combine(built, "Chatter.dll"), Options(platform) };
        }

        private Child Started(string[] command)
        {
            var child = new Child(command);
            children.Add(child);
            Assert.Contains("address", child.Line());
            return child;
        }

        /// <summary>
        /// What holds whatever was killed: nothing comes again that was acknowledged, or to the same process; in each process the numbers
        /// of a sender grow; nothing is called late; and all that was acknowledged came, in order. One more may have come: the one that
        /// was being published when the speaker was killed.
        /// </summary>
        private void Check(string platform)
        {
            var acked = new HashSet<string>();
            var got = new HashSet<string>();
            var last = new Dictionary<string, long>();
            foreach (Dictionary<string, object?> line in Ledger.Lines(Heard(platform)))
            {
                string id = line.Text("id");
                if (line.Text("line") == "acked")
                {
                    acked.Add(id);
                    continue;
                }
                Assert.False(acked.Contains(id), "handed over again after it was acknowledged: " + Json.Write(line));
                Assert.True(got.Add(line.Text("pid") + id), "handed over twice to one process: " + Json.Write(line));
                Assert.Equal((object)false, line["late"]);
                long n = long.Parse(line.Text("text"), CultureInfo.InvariantCulture);
                Assert.True(!last.TryGetValue(line.Text("pid"), out long before) || before < n, $"{before} came before {n}");
                last[line.Text("pid")] = n;
            }
            List<string> texts = HeardBy(platform);
            long acknowledged = Ledger.LastSaid(Said(Other(platform)), Room);
            long all = Math.Max(acknowledged, Math.Min(texts.Count, acknowledged + 1));
            Assert.Equal(Enumerable.Range(1, (int)all).Select(n => n.ToString(CultureInfo.InvariantCulture)), texts);
        }
    }
}
