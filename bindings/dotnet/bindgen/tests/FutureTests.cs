using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Sample;
using Xunit;

namespace Integrador.Bindgen.Tests
{
    /// <summary>A future of Rust's is a task: it ends once, with what the future ends with, or cancelled.</summary>
    public class FutureTests
    {
        [Fact]
        public async Task Futures_end_with_values_of_every_kind()
        {
            Assert.Equal("text", await IntegradorBindgenSample.AtOnceAsync("text"));
            Assert.Equal(20UL, await IntegradorBindgenSample.DelayAsync(20));
            Assert.Equal(ValueTests.Ana(), await IntegradorBindgenSample.PersonLaterAsync(ValueTests.Ana()));
            Assert.False(await IntegradorBindgenSample.NotLaterAsync(true));
            Assert.Equal(1.5f, await IntegradorBindgenSample.SingleLaterAsync(1.5f));
            Assert.Equal(short.MinValue, await IntegradorBindgenSample.ShortLaterAsync(short.MinValue));
            Assert.Equal(uint.MaxValue, await IntegradorBindgenSample.NamedAsync(uint.MaxValue));
        }

        [Fact]
        public void A_future_that_is_ready_at_once_makes_a_task_that_has_ended() =>
            Assert.True(IntegradorBindgenSample.AtOnceAsync("").IsCompleted);

        [Fact]
        public async Task Ten_thousand_futures_run_at_once()
        {
            var futures = Enumerable.Range(0, 10_000).Select(i => IntegradorBindgenSample.DelayAsync((ulong)i % 50)).ToList();
            var ended = await Task.WhenAll(futures);
            Assert.Equal(Enumerable.Range(0, 10_000).Select(i => (ulong)i % 50), ended);
        }

        [Theory]
        [InlineData(0u)]
        [InlineData(1u)]
        [InlineData(2u)]
        [InlineData(1_000u)]
        public async Task A_future_that_is_woken_while_it_is_polled_is_polled_again(uint times) =>
            Assert.Equal(times + 1, await IntegradorBindgenSample.WakesAsync(times));

        [Fact]
        public async Task No_wake_is_lost_and_none_counts_twice()
        {
            var futures = Enumerable.Range(0, 2_000).Select(i => IntegradorBindgenSample.WakesAsync(20)).ToList();
            Assert.All(await Task.WhenAll(futures), polls => Assert.Equal(21u, polls));
        }

        [Fact]
        public async Task What_awaits_a_future_does_not_run_on_a_thread_of_rust()
        {
            var threads = new ConcurrentBag<bool>();
            await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
            {
                await IntegradorBindgenSample.DelayAsync(5).ConfigureAwait(false);
                threads.Add(Thread.CurrentThread.IsThreadPoolThread);
            }));
            Assert.Equal(50, threads.Count);
            Assert.All(threads, isPool => Assert.True(isPool));
        }

        [Fact]
        public async Task What_awaits_a_future_may_block_and_holds_up_no_other()
        {
            // The pool is slow to add threads for those that block: that is not what is tested.
            ThreadPool.GetMinThreads(out var workers, out var others);
            ThreadPool.SetMinThreads(32, others);
            using var release = new ManualResetEventSlim();
            var blocked = Enumerable.Range(0, 8).Select(i => IntegradorBindgenSample.DelayAsync(1).ContinueWith(
                _ => release.Wait(),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default)).ToList();
            for (var i = 0; i < 20; i++)
            {
                await IntegradorBindgenSample.DelayAsync(1);
            }
            release.Set();
            await Task.WhenAll(blocked);
            ThreadPool.SetMinThreads(workers, others);
        }

        [Fact]
        public async Task A_token_that_is_cancelled_already_starts_nothing()
        {
            using var cancelled = new CancellationTokenSource();
            cancelled.Cancel();
            var task = IntegradorBindgenSample.NeverAsync(cancelled.Token);
            Assert.True(task.IsCanceled);
            Assert.Equal(0L, IntegradorBindgenSample.LiveFutures());
            Assert.Equal(cancelled.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task)).CancellationToken);
        }

        [Fact]
        public async Task Cancellation_drops_the_future_in_rust()
        {
            using var source = new CancellationTokenSource();
            var task = IntegradorBindgenSample.NeverAsync(source.Token);
            await Task.Delay(20);
            Assert.False(task.IsCompleted);
            Assert.Equal(1L, IntegradorBindgenSample.LiveFutures());
            source.Cancel();
            var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
            Assert.Equal(source.Token, thrown.CancellationToken);
            Assert.True(task.IsCanceled);
            Assert.Equal(0L, IntegradorBindgenSample.LiveFutures());
        }

        [Fact]
        public async Task Cancellation_after_the_end_changes_nothing()
        {
            using var source = new CancellationTokenSource();
            Assert.Equal(1UL, await IntegradorBindgenSample.DelayAsync(1, source.Token));
            source.Cancel();
        }

        [Fact]
        public async Task A_token_whose_source_is_gone_leaves_no_future_behind()
        {
            var source = new CancellationTokenSource();
            var token = source.Token;
            source.Dispose();
            try
            {
                Assert.Equal(1UL, await IntegradorBindgenSample.DelayAsync(1, token));
            }
            catch (ObjectDisposedException)
            {
                // As some versions of .NET have it.
            }
            Assert.Equal(0L, IntegradorBindgenSample.LiveFutures());
        }

        [Fact(Timeout = 240_000)]
        public async Task Cancellation_races_the_end_a_hundred_thousand_times()
        {
            const int Rounds = 100_000;
            const int AtOnce = 8;
            int ended = 0, cancelled = 0;
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(worker => Task.Run(async () =>
            {
                var random = new Random(worker);
                for (var round = 0; round < Rounds / AtOnce; round++)
                {
                    using var source = new CancellationTokenSource();
                    var number = (ulong)random.Next();
                    var task = IntegradorBindgenSample.RaceAsync((ulong)random.Next(0, 40), number, source.Token);
                    var spins = random.Next(0, 2_000);
                    var cancels = Task.Run(() =>
                    {
                        Thread.SpinWait(spins);
                        source.Cancel();
                    });
                    try
                    {
                        Assert.Equal(number, await task.ConfigureAwait(false));
                        Interlocked.Increment(ref ended);
                    }
                    catch (OperationCanceledException)
                    {
                        Interlocked.Increment(ref cancelled);
                    }
                    await cancels.ConfigureAwait(false);
                }
            })));
            Console.WriteLine($"        {ended} ended, {cancelled} were cancelled, in {watch.Elapsed.TotalSeconds:0.0} s");
            Assert.Equal(Rounds, ended + cancelled);
            Assert.True(ended > Rounds / 100, "hardly any ended: it was no race");
            Assert.True(cancelled > Rounds / 100, "hardly any was cancelled: it was no race");
            Assert.Equal(0L, IntegradorBindgenSample.LiveFutures());
        }
    }
}
