using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>Before an operation has reached the store, cancelling undoes it; a receipt is kept whatever happens.</summary>
    public sealed class CancellationTests
    {
        private const int Count = 10_000;

        [Fact]
        public async Task A_token_that_is_cancelled_already_leaves_nothing_behind()
        {
            using (var folder = new Folder())
            using (Node node = Node.Open(new NodeOptions { Platform = "Norte", Store = folder.File("norte.db") }))
            {
                var cancelled = new CancellationToken(true);
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => node.PublishUserAsync("1", "Ana", cancelled));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => node.PublishRoomAsync("7", "Plaza", RoomKind.Public, null, cancelled));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Node.OpenAsync(new NodeOptions { Platform = "Sur", Store = folder.File("sur.db") }, cancelled));
                Assert.Empty(node.Users());
                Assert.Empty(node.Rooms());
            }
        }

        [Fact]
        public async Task A_wait_for_events_ends_when_its_token_is_cancelled_and_the_next_one_gets_them()
        {
            using (var pair = new Pair())
            using (var source = new CancellationTokenSource(50))
            {
                Pair.Taken(pair.Sur, 0);
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
                {
                    while (true)
                    {
                        IReadOnlyList<Event> some = await pair.Sur.NextEventsAsync(10, Timeout.InfiniteTimeSpan, source.Token);
                        await pair.Sur.AckAsync(some.Select(e => e.EventId));
                    }
                });
                Guid id = pair.Say("hola");
                Assert.Contains(id, Pair.Taken(pair.Sur, 1).Select(message => message.EventId));
            }
        }

        // Shows promise 3.
        [Fact(Timeout = 240_000)]
        public async Task Of_ten_thousand_publishes_with_tokens_that_fire_at_random_every_receipt_is_there_once()
        {
            using (var pair = new Pair())
            {
                var came = new ConcurrentQueue<Message>();
                pair.Sur.Start(IntegradorHandler.Messages(came.Enqueue));
                var receipts = new ConcurrentDictionary<string, Guid>();
                int cancelled = 0, next = -1;
                await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(async () =>
                {
                    var random = new Random(caller);
                    for (int n = Interlocked.Increment(ref next); n < Count; n = Interlocked.Increment(ref next))
                    {
                        string text = n.ToString(CultureInfo.InvariantCulture);
                        using (var source = new CancellationTokenSource())
                        {
                            int when = random.Next(4);
                            if (when == 0)
                            {
                                source.CancelAfter(TimeSpan.FromMilliseconds(random.Next(30)));
                            }
                            Task<Receipt> publishes = pair.Norte.PublishMessageAsync("7", "1", text, cancellationToken: source.Token);
                            if (when == 1)
                            {
                                source.Cancel();
                            }
                            try
                            {
                                Receipt receipt = await publishes;
                                Assert.True(receipts.TryAdd(text, receipt.EventId!.Value), text);
                            }
                            catch (OperationCanceledException)
                            {
                                Interlocked.Increment(ref cancelled);
                            }
                        }
                    }
                })));
                pair.Norte.PublishMessage("7", "1", "the last");
                Eventually.So("the last", () => came.Any(message => message.Text == "the last"));
                Assert.Equal(Count, receipts.Count + cancelled);
                Assert.True(cancelled > 500, $"only {cancelled} were cancelled");
                List<Message> all = came.ToList();
                Assert.Equal(all.Count, all.Select(message => message.EventId).Distinct().Count());
                Assert.Equal(all.Count, all.Select(message => message.Text).Distinct().Count());
                Dictionary<string, Guid> heard = all.ToDictionary(message => message.Text, message => message.EventId);
                Assert.All(receipts, receipt => Assert.Equal(receipt.Value, heard.TryGetValue(receipt.Key, out Guid id) ? id : Guid.Empty));
            }
        }
    }
}
