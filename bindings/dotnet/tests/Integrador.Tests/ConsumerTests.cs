using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>Events one by one: waited for, done, failed, given back.</summary>
    public sealed class ConsumerTests : IDisposable
    {
        private static readonly TimeSpan Long = TimeSpan.FromSeconds(50);

        private readonly Pair pair = new Pair();

        public ConsumerTests() => Drain();

        public void Dispose() => pair.Dispose();

        [Fact]
        public async Task The_next_event_is_waited_for_as_long_as_is_said()
        {
            using (Consumer events = pair.Sur.CreateConsumer())
            {
                Stopwatch since = Stopwatch.StartNew();
                Assert.Null(events.Next(TimeSpan.FromMilliseconds(200)));
                Assert.Null(await events.NextAsync(TimeSpan.FromMilliseconds(200)));
                Assert.Null(events.Next(TimeSpan.Zero));
                Assert.InRange(since.Elapsed, TimeSpan.FromMilliseconds(390), TimeSpan.FromSeconds(20));
                Task<Event?> waits = events.NextAsync(Timeout.InfiniteTimeSpan);
                pair.Say("hola");
                Assert.Equal("hola", ((Message)(await waits)!).Text);
                events.Done();
            }
        }

        [Fact]
        public void An_event_that_is_done_never_comes_again_and_what_failed_or_ended_with_neither_does()
        {
            foreach (string text in new[] { "done", "failed", "neither" })
            {
                pair.Say(text);
            }
            pair.Arrived();
            var seen = new List<string>();
            using (Consumer events = pair.Sur.CreateConsumer())
            {
                while (seen.Count < 5)
                {
                    var message = (Message)events.Next(Long)!;
                    seen.Add(message.Text + message.Attempt);
                    if (message.Text == "failed" && message.Attempt == 1)
                    {
                        events.Failed("not today");
                    }
                    else if (message.Text != "neither" || message.Attempt > 1)
                    {
                        events.Done();
                    }
                }
                events.Flush();
            }
            Assert.Equal(new[] { "done1", "failed1", "failed2", "neither1", "neither2" }, seen);
            Assert.Equal(0, pair.Sur.GetStatus().Inbox);
        }

        // Shows promise 3.
        [Fact]
        public async Task A_cancelled_wait_loses_nothing()
        {
            using (Consumer events = pair.Sur.CreateConsumer())
            {
                for (int n = 0; n < 30; n++)
                {
                    using (var source = new CancellationTokenSource())
                    {
                        Task<Event?> waits = events.NextAsync(Timeout.InfiniteTimeSpan, source.Token);
                        string text = n.ToString(System.Globalization.CultureInfo.InvariantCulture);
                        pair.Say(text);
                        source.CancelAfter(n % 7);
                        Event? next;
                        try
                        {
                            next = await waits;
                        }
                        catch (OperationCanceledException)
                        {
                            next = await events.NextAsync(Long);
                        }
                        Assert.Equal(text, ((Message)next!).Text);
                        Assert.Equal(1, next.Attempt);
                        events.Done();
                    }
                }
            }
        }

        [Fact]
        public async Task A_token_that_is_cancelled_already_takes_no_event()
        {
            pair.Say("hola");
            pair.Arrived();
            using (Consumer events = pair.Sur.CreateConsumer())
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => events.NextAsync(Long, new CancellationToken(true)));
                Assert.Equal(1, events.Next(Long)!.Attempt);
                events.Done();
            }
        }

        [Fact]
        public async Task An_event_of_a_loop_is_done_when_the_next_one_is_asked_for()
        {
            foreach (string text in new[] { "uno", "dos", "tres" })
            {
                pair.Say(text);
            }
            var seen = new List<string>();
            await foreach (Event e in pair.Sur.ConsumeAsync())
            {
                seen.Add(((Message)e).Text + e.Attempt);
                if (seen.Count == 2)
                {
                    break;
                }
            }
            using (var source = new CancellationTokenSource())
            {
                try
                {
                    await foreach (Event e in pair.Sur.ConsumeAsync().WithCancellation(source.Token))
                    {
                        seen.Add(((Message)e).Text + e.Attempt);
                        if (seen.Count == 4)
                        {
                            // It has been handled: it is done although no next one comes.
                            source.Cancel();
                        }
                    }
                    Assert.Fail("the loop went on");
                }
                catch (OperationCanceledException)
                {
                    // As it should.
                }
            }
            Assert.Equal(new[] { "uno1", "dos1", "dos2", "tres1" }, seen);
            Assert.Equal(0, pair.Sur.GetStatus().Inbox);
        }

        [Fact]
        public void Disposing_ends_the_wait_of_another_thread()
        {
            Consumer events = pair.Sur.CreateConsumer();
            Task waits = Task.Run(() => events.Next(Timeout.InfiniteTimeSpan));
            Thread.Sleep(100);
            events.Dispose();
            Fails.With(ErrorKind.Closed, () => waits.GetAwaiter().GetResult());
        }

        [Fact]
        public void Events_that_the_application_acknowledges_itself_are_its_own_until_then()
        {
            pair.Say("uno");
            pair.Say("dos");
            pair.Arrived();
            IReadOnlyList<Event> taken = pair.Sur.NextEvents(10, Long);
            Assert.Equal(new[] { "uno", "dos" }, taken.Select(e => ((Message)e).Text));
            Assert.Equal(new[] { true }, pair.Sur.Ack(new[] { taken[0].EventId }));
            Assert.Equal(new[] { true, false }, pair.Sur.Nack(new[] { taken[1].EventId, Guid.NewGuid() }, "not today"));
            Event again = pair.Sur.NextEvents(10, Long).Single();
            Assert.Equal(2, again.Attempt);
            Assert.Equal(new[] { true }, pair.Sur.Ack(new[] { again.EventId }));
        }

        /// <summary>What belongs to the beginning.</summary>
        private void Drain()
        {
            pair.Arrived();
            using (Consumer events = pair.Sur.CreateConsumer())
            {
                while (events.Next(TimeSpan.FromMilliseconds(100)) != null)
                {
                    events.Done();
                }
            }
        }
    }
}
