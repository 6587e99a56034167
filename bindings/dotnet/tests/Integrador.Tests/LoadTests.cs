using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>Garbage that is collected all the time, and nodes that are disposed of while they are used.</summary>
    public sealed class LoadTests
    {
        private const int Wanted = 200_000;

        /// <summary>So many may be on their way.</summary>
        private const int MostWaiting = 5_000;

        /// <summary>A slow machine does as many as it can within this.</summary>
        private static readonly TimeSpan Enough = TimeSpan.FromSeconds(60);

        // Shows promise 1.
        [Fact(Timeout = 240_000)]
        public async Task No_event_is_lost_though_garbage_is_collected_all_the_time()
        {
            using (var pair = new Pair())
            using (var ended = new CancellationTokenSource())
            {
                Pair.Taken(pair.Sur, 0);
                long came = 0;
                int wrong = 0;
                pair.Sur.Start(IntegradorHandler.Messages(message =>
                {
                    if (message.Text != Interlocked.Read(ref came).ToString(CultureInfo.InvariantCulture) || message.Attempt != 1)
                    {
                        Interlocked.Increment(ref wrong);
                    }
                    Interlocked.Increment(ref came);
                }));
                List<Task> collectors = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
                    () =>
                    {
                        while (!ended.IsCancellationRequested)
                        {
                            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
                            GC.WaitForPendingFinalizers();
                            Thread.Sleep(1);
                        }
                    },
                    TaskCreationOptions.LongRunning)).ToList();
                int published = 0;
                Stopwatch since = Stopwatch.StartNew();
                while (published < Wanted && since.Elapsed < Enough)
                {
                    // Some by themselves, most of them together.
                    Task<Receipt> one = pair.Norte.PublishMessageAsync("7", "1", Text(published));
                    await one;
                    pair.Norte.PublishMessage("7", "1", Text(published + 1));
                    IReadOnlyList<Published> many = await pair.Norte.PublishMessagesAsync(
                        Enumerable.Range(published + 2, 998).Select(n => new NewMessage("7", "1", Text(n))));
                    Assert.True(many.All(of => of.Receipt != null));
                    published += 1_000;
                    Eventually.So("most of them", () => Interlocked.Read(ref came) > published - MostWaiting);
                }
                Eventually.So("all of them", () => Interlocked.Read(ref came) >= published);
                ended.Cancel();
                await Task.WhenAll(collectors);
                Assert.Equal(published, Interlocked.Read(ref came));
                Assert.Equal(0, wrong);
                Console.WriteLine($"{published} events in {since.Elapsed.TotalSeconds:F0} s, {GC.CollectionCount(2)} collections");
            }
        }

        [Fact(Timeout = 120_000)]
        public async Task A_node_that_is_disposed_of_while_it_is_used_says_so_and_loses_nothing()
        {
            using (var folder = new Folder())
            {
                int acknowledged = 0;
                for (int round = 0; round < 15; round++)
                {
                    Node node = Open(folder);
                    node.PublishRoom("7", "Plaza", RoomKind.Public);
                    node.Start(IntegradorHandler.Messages(_ => { }));
                    int kept = round;
                    Task[] callers = Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
                    {
                        try
                        {
                            for (int n = 0; ; n++)
                            {
                                string user = $"{kept}-{caller}-{n}";
                                Receipt receipt = caller % 2 == 0 ? node.PublishUser(user, "Ana") : await node.PublishUserAsync(user, "Ana");
                                Interlocked.Increment(ref acknowledged);
                                node.Users();
                                node.Recipients("7");
                                using (Consumer events = node.CreateConsumer())
                                {
                                    events.Next(TimeSpan.FromMilliseconds(1));
                                }
                            }
                        }
                        catch (IntegradorException e) when (e.Kind == ErrorKind.Closed)
                        {
                            // What was to be expected.
                        }
                    })).ToArray();
                    await Task.Delay(40);
                    await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
                    {
                        if (n % 2 == 0)
                        {
                            node.Dispose();
                        }
                        else
                        {
                            await node.DisposeAsync();
                        }
                    })));
                    Assert.True(node.IsClosed);
                    await Task.WhenAll(callers);
                }
                using (Node node = Open(folder))
                {
                    // One that was under way when the node was closed may be there without having been acknowledged.
                    Assert.InRange(node.Users().Count, acknowledged, acknowledged + (15 * 16));
                    Assert.True(acknowledged > 100, $"only {acknowledged}");
                }
            }
        }

        [Fact]
        public void Nodes_that_nobody_closes_are_collected()
        {
            using (var folder = new Folder())
            {
                for (int n = 0; n < 10; n++)
                {
                    Forget(folder.File(n + ".db"));
                }
                GC.Collect();
                GC.WaitForPendingFinalizers();
                Eventually.So("the first store can be opened again", () =>
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    try
                    {
                        Node.Open(new NodeOptions { Platform = "Norte", Store = folder.File("0.db") }).Dispose();
                        return true;
                    }
                    catch (IntegradorException e) when (e.Kind == ErrorKind.Store)
                    {
                        return false;
                    }
                });
            }
        }

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        private static void Forget(string store) => Node.Open(new NodeOptions { Platform = "Norte", Store = store }).PublishUser("1", "Ana");

        private static Node Open(Folder folder) => Node.Open(new NodeOptions { Platform = "Norte", Store = folder.File("norte.db") });

        private static string Text(int n) => n.ToString(CultureInfo.InvariantCulture);
    }
}
