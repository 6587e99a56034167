using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador;
using Integrador.Tests.Support;

namespace Chatter
{
    using Fields = Dictionary<string, object?>;

    /// <summary>
    /// A small application for the tests, in a process that may be killed at any instant: what <c>tests/src/bin/chatter.rs</c> is, and it
    /// takes the same argument and the same orders.
    /// </summary>
    internal sealed class Program
    {
        private readonly Node node;
        private readonly string said;
        private readonly List<Task> talkers = new List<Task>();
        private volatile bool talking;

        private Program(Node node, string said)
        {
            this.node = node;
            this.said = said;
        }

        private static async Task Main(string[] arguments)
        {
            Fields options = Json.Fields(arguments[0]), config = options.Object("config");
            using (var heard = new Ledger(options.Text("heard")))
            {
                Node node = Node.Open(config.Text("platform"), config.Text("store"), config.Text("platforms"), config.Text("listen"));
                var program = new Program(node, options.Text("said"));
                Task pump = Task.Run(() => PumpAsync(node, heard));
                Console.WriteLine(Json.Write(Json.Made(("address", node.LocalEndPoint?.ToString()))));
                for (string? order = Console.ReadLine(); order != null; order = Console.ReadLine())
                {
                    Console.WriteLine(Json.Write(program.Obey(Json.Fields(order))));
                }
                program.Hush();
                await node.CloseAsync();
                await pump;
            }
        }

        private static Fields Shown(Receipt receipt) => Json.Made(("event", receipt.EventId?.ToString()));

        private static Ref Room(Fields order)
        {
            string id = order.Text("room");
            return ExternalId.TryParse(id, out ExternalId? external) ? external : (Ref)id;
        }

        private static IReadOnlyDictionary<string, IReadOnlyList<string>> Members(Fields order) => order.List("members").Cast<List<object?>>().ToDictionary(
            of => (string)of[0]!,
            of => (IReadOnlyList<string>)((List<object?>)of[1]!).Select(id => Json.AsText(id!)).ToList());

        /// <summary>Takes events, writes the messages down, acknowledges what it took together, and writes that down.</summary>
        private static async Task PumpAsync(Node node, Ledger heard)
        {
            var handled = new List<Fields>();
            try
            {
                using (Consumer events = node.CreateConsumer())
                {
                    while (true)
                    {
                        Event? next = await events.NextAsync(handled.Count == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.Zero);
                        if (next == null)
                        {
                            await events.FlushAsync();
                            heard.Add(handled.Select(Ledger.Acked).ToArray());
                            handled.Clear();
                            continue;
                        }
                        if (next is Message message)
                        {
                            Fields got = Ledger.Got(message);
                            heard.Add(got);
                            handled.Add(got);
                        }
                        events.Done();
                    }
                }
            }
            catch (IntegradorException e) when (e.Kind == ErrorKind.Closed)
            {
                // The end.
            }
        }

        private Fields Obey(Fields order)
        {
            try
            {
                switch (order.Text("do"))
                {
                    case "user":
                        return Shown(node.PublishUser(order.Text("id"), order.Text("name")));
                    case "room":
                        RoomKind kind = order.Text("kind") == "public" ? RoomKind.Public : RoomKind.Private;
                        return Shown(node.PublishRoom(order.Text("id"), order.Text("name"), kind, Members(order)));
                    case "say":
                        return Shown(node.PublishMessage(Room(order), order.Text("sender"), order.Text("text")));
                    case "talk":
                        foreach (List<object?> room in order.List("rooms").Cast<List<object?>>())
                        {
                            Talk((string)room[0]!, Json.AsText(room[1]!), (int)(long)order["pause_ms"]!);
                        }
                        break;
                    case "hush":
                        Hush();
                        break;
                    case "known":
                        return Json.Made(("room", node.Room(Room(order))?.Name));
                    default:
                        throw new ArgumentException(Json.Write(order));
                }
                return new Fields();
            }
            catch (IntegradorException e)
            {
                return Json.Made(("error", e.Kind.ToString()), ("message", e.Message));
            }
        }

        /// <summary>
        /// Begins after the last number that was written down as acknowledged. What was acknowledged and not yet written down is published
        /// again under the same key, and so is the same message.
        /// </summary>
        private void Talk(string room, string sender, int pause)
        {
            talking = true;
            talkers.Add(Task.Run(async () =>
            {
                using (var ledger = new Ledger(said))
                {
                    for (long n = Ledger.LastSaid(said, room) + 1; talking; n++)
                    {
                        var message = new NewMessage(ExternalId.Parse(room), sender, n.ToString(CultureInfo.InvariantCulture))
                        {
                            Key = $"{room}-{sender}-{n}",
                        };
                        // In both ways by turns.
                        Receipt receipt = n % 2 == 0 ? node.PublishMessage(message) : await node.PublishMessageAsync(message);
                        ledger.Add(Ledger.Said(room, n, receipt.EventId!.Value));
                        await Task.Delay(pause);
                    }
                }
            }));
        }

        private void Hush()
        {
            talking = false;
            Task.WaitAll(talkers.ToArray());
            talkers.Clear();
        }
    }
}
