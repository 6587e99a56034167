using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Integrador.Testing;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>Nodes in memory, in a time that the test moves.</summary>
    public sealed class MeshTests : IDisposable
    {
        private readonly Mesh net = WithRoom(Mesh.Of("Norte", "Sur"));

        public void Dispose() => net.Dispose();

        [Fact]
        public void What_a_handler_was_to_get_it_has_got_when_the_mesh_has_settled()
        {
            ConcurrentQueue<string> texts = Shown(net.Node("Sur"));
            for (int n = 0; n < 20; n++)
            {
                net.Node("Norte").PublishMessage("7", "1", n.ToString(CultureInfo.InvariantCulture));
                net.Settle();
                Assert.Equal(Enumerable.Range(0, n + 1).Select(of => of.ToString(CultureInfo.InvariantCulture)), texts.ToArray());
            }
        }

        [Fact]
        public async Task What_is_awaited_ends_though_time_stands()
        {
            await net.Node("Norte").PublishMessageAsync("7", "1", "hola");
            Assert.Equal("Norte", (await net.Node("Norte").GetStatusAsync()).Name);
        }

        // Shows promise 2.
        [Fact]
        public void What_is_for_a_platform_that_is_down_arrives_when_it_is_back()
        {
            ConcurrentQueue<string> texts = Shown(net.Node("Sur"));
            Node norte = net.Node("Norte");
            net.Down("Sur");
            Guid sent = norte.PublishMessage("7", "1", "uno").EventId!.Value;
            net.Settle();
            net.Advance(TimeSpan.FromHours(1));
            Assert.Equal(DeliveryState.Waiting, norte.GetDelivery(sent).Single().State);
            Assert.Equal(false, norte.GetStatus().Platforms.Single().Up);
            Assert.Empty(texts);
            net.Up("Sur");
            net.Settle();
            Assert.Equal(DeliveryState.Delivered, norte.GetDelivery(sent).Single().State);
            Assert.Equal(new[] { "uno" }, texts.ToArray());
        }

        // Shows promise 3.
        [Fact]
        public void A_handler_that_throws_gets_the_event_again_when_time_moves()
        {
            var attempts = new ConcurrentQueue<int>();
            net.Node("Sur").Start(IntegradorHandler.Messages(message =>
            {
                attempts.Enqueue(message.Attempt);
                if (message.Attempt < 3)
                {
                    throw new InvalidOperationException("not today");
                }
            }));
            net.Node("Norte").PublishMessage("7", "1", "uno");
            net.Settle();
            Assert.Equal(new[] { 1 }, attempts.ToArray());
            net.Advance(TimeSpan.FromMilliseconds(1_500));
            Assert.Equal(new[] { 1, 2 }, attempts.ToArray());
            net.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(new[] { 1, 2, 3 }, attempts.ToArray());
        }

        // Shows promise 1.
        [Fact]
        public void A_crash_loses_nothing_that_was_acknowledged()
        {
            Node before = net.Node("Sur");
            Shown(before);
            net.Down("Sur");
            net.Node("Norte").PublishMessage("7", "1", "uno");
            net.Crash("Sur");
            Fails.With(ErrorKind.Closed, () => before.GetStatus());
            Fails.With(ErrorKind.Closed, () => net.Node("Sur"));
            net.Up("Sur");
            ConcurrentQueue<string> texts = Shown(net.Reopen("Sur"));
            net.Settle();
            Assert.Equal(new[] { "uno" }, texts.ToArray());
        }

        [Fact]
        public void A_node_that_is_open_is_closed_before_it_is_reopened()
        {
            Node before = net.Node("Sur");
            ConcurrentQueue<string> early = Shown(before);
            net.Node("Norte").PublishMessage("7", "1", "uno");
            net.Settle();
            Node after = net.Reopen("Sur");
            Assert.Same(after, net.Node("Sur"));
            Assert.True(before.IsClosed);
            ConcurrentQueue<string> texts = Shown(after);
            net.Node("Norte").PublishMessage("7", "1", "dos");
            net.Settle();
            Assert.Equal(new[] { "uno" }, early.ToArray());
            Assert.Equal(new[] { "dos" }, texts.ToArray());
        }

        [Fact]
        public void A_test_may_take_events_itself()
        {
            Node sur = net.Node("Sur");
            sur.Ack(sur.NextEvents(100, TimeSpan.Zero).Select(e => e.EventId));
            net.Node("Norte").PublishMessage("7", "1", "uno");
            net.Settle();
            IReadOnlyList<Event> events = sur.NextEvents(100, TimeSpan.Zero);
            Assert.Equal(new[] { "uno" }, events.OfType<Message>().Select(message => message.Text));
            Assert.DoesNotContain(false, sur.Ack(events.Select(e => e.EventId)));
        }

        [Fact]
        public void An_option_counts_for_each_node_and_a_wrong_one_is_named()
        {
            using (Mesh other = Mesh.Of(new Dictionary<string, object?> { ["limits.text"] = 3 }, "Norte"))
            {
                other.Node("Norte").PublishRoom("7", "Plaza", RoomKind.Public);
                Fails.With(ErrorKind.Invalid, () => other.Node("Norte").PublishMessage("7", "1", "larga"));
            }
            Assert.Contains("nothing", Fails.With(ErrorKind.Config, () =>
                Mesh.Of(new Dictionary<string, object?> { ["nothing"] = 3 }, "Norte").Dispose()).Message);
        }

        [Fact]
        public void Disposing_closes_the_nodes_and_may_be_repeated()
        {
            Node norte = net.Node("Norte");
            net.Dispose();
            net.Dispose();
            Assert.True(norte.IsClosed);
            Fails.With(ErrorKind.Closed, () => net.Settle());
        }

        /// <summary>A public room 7 of Norte's, in which its user 1 writes.</summary>
        private static Mesh WithRoom(Mesh net)
        {
            net.Node("Norte").PublishUser("1", "Ana");
            net.Node("Norte").PublishRoom("7", "Plaza", RoomKind.Public);
            net.Settle();
            return net;
        }

        private static ConcurrentQueue<string> Shown(Node node)
        {
            var texts = new ConcurrentQueue<string>();
            node.Start(IntegradorHandler.Messages(message => texts.Enqueue(message.Text)));
            return texts;
        }
    }
}
