using System;
using System.Collections.Generic;
using System.Diagnostics;
using Xunit;

namespace Integrador.Tests.Support
{
    /// <summary>Two platforms, <c>Norte</c> and <c>Sur</c>, a user 1 on each, and a private room 7 of Norte's with both.</summary>
    internal sealed class Pair : IDisposable
    {
        internal Pair(Action<NodeOptions>? configureSur = null)
        {
            Net = new Net("Norte", "Sur");
            Norte = Net.Open("Norte");
            Sur = Net.Open("Sur", configureSur);
            Norte.PublishUser("1", "Ana");
            Sur.PublishUser("1", "Bruno");
            Room("7");
            Eventually.So("the user at Norte", () => Norte.Users("Sur").Count > 0);
        }

        internal Net Net { get; }

        internal Node Norte { get; }

        internal Node Sur { get; }

        /// <summary>A private room of Norte's with both.</summary>
        internal void Room(string id)
        {
            Norte.PublishRoom(id, "Plaza", RoomKind.Private, new Dictionary<string, IReadOnlyList<string>>
            {
                ["Norte"] = new[] { "1" },
                ["Sur"] = new[] { "1" },
            });
            Eventually.So("the room at Sur", () => Sur.Room(new ExternalId("Norte", id)) != null);
        }

        /// <summary>Norte's Ana writes; the event id.</summary>
        internal Guid Say(string text) => Norte.PublishMessage("7", "1", text).EventId!.Value;

        /// <summary>Waits until all that Norte has published is at Sur.</summary>
        internal void Arrived() => Eventually.So("the arrival", () => Norte.GetStatus().Platforms[0].Waiting == 0);

        /// <summary>The next messages, at least that many; all that comes meanwhile is done.</summary>
        internal static List<Message> Taken(Node node, int count)
        {
            var got = new List<Message>();
            Stopwatch since = Stopwatch.StartNew();
            using (Consumer events = node.CreateConsumer())
            {
                while (true)
                {
                    Event? next = events.Next(got.Count < count && since.Elapsed < Eventually.Patience ? Eventually.Patience - since.Elapsed : TimeSpan.Zero);
                    if (next == null)
                    {
                        break;
                    }
                    if (next is Message message)
                    {
                        got.Add(message);
                    }
                    events.Done();
                }
            }
            Assert.True(got.Count >= count, $"{got.Count} of {count} came");
            return got;
        }

        public void Dispose() => Net.Dispose();
    }
}
