using System;
using System.Diagnostics;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Sample;
using Xunit;

namespace Integrador.Bindgen.Tests
{
    /// <summary>Objects live as long as something of C#'s or a call holds them, and no longer.</summary>
    public class ObjectTests
    {
        [Fact]
        public void An_object_keeps_what_it_holds()
        {
            using var counter = new Counter(5);
            Assert.Equal(8UL, counter.Add(3));
            Assert.Equal(8UL, counter.Value());
            Assert.Equal("at 8", counter.ToString());
            Assert.Null(counter.Label(null));
            Assert.Equal("", counter.Label("new"));
            Assert.Equal("new", counter.Label("newer"));
        }

        [Fact]
        public void Objects_are_equal_if_rust_says_so()
        {
            using Counter one = new Counter(1), same = new Counter(1), other = new Counter(2);
            Assert.True(one.Equals(same));
            Assert.Equal(one.GetHashCode(), same.GetHashCode());
            Assert.False(one.Equals(other));
            Assert.False(one.Equals(null));
            Assert.False(one.Equals((object)"at 1"));
        }

        [Fact]
        public void A_named_constructor_is_a_static_method()
        {
            using var counter = Counter.Parse("12");
            Assert.Equal(12UL, counter.Value());
            Assert.Equal("refused: x", Assert.Throws<FetchException.Refused>(() => Counter.Parse("x")).Message);
        }

        [Fact]
        public async Task Constructors_may_be_async()
        {
            using var session = await Session.CreateAsync("s");
            Assert.Equal("s", session.Name());
            using var counter = await Counter.LaterAsync(1, 9);
            Assert.Equal(9UL, await counter.ValueLaterAsync(1));
            await Assert.ThrowsAsync<FetchException.Closed>(() => Counter.LaterAsync(1, 0));
        }

        [Fact]
        public void Objects_are_passed_alone_in_lists_in_options_and_in_records()
        {
            using Counter one = new Counter(1), two = new Counter(2), three = new Counter(3);
            Assert.Equal(1UL + 1 + 2 + 3 + 2, one.AddAll(new[] { one, two }, three, two));
            Assert.Equal(9UL + 2, one.AddAll(Array.Empty<Counter>(), null, two));
            var echo = IntegradorBindgenSample.EchoHolder(new Holder(one, new[] { two, three }));
            one.Add(1);
            Assert.Equal(12UL, echo.Counter.Value());
            Assert.Equal(new[] { 2UL, 3UL }, echo.Others.Select(other => other.Value()));
            Assert.Null(IntegradorBindgenSample.MakeCounter(null));
            using var made = IntegradorBindgenSample.MakeCounter(4);
            Assert.Equal(4UL, made!.Value());
        }

        [Fact]
        public void An_object_that_comes_back_is_held_for_itself()
        {
            var counter = new Counter(1);
            using var again = counter.Again();
            counter.Dispose();
            Assert.Equal(1UL, again.Value());
        }

        [Fact]
        public async Task Use_after_dispose_throws()
        {
            var counter = new Counter(1);
            counter.Dispose();
            counter.Dispose();
            Assert.Equal(nameof(Counter), Assert.Throws<ObjectDisposedException>(() => counter.Value()).ObjectName);
            Assert.Throws<ObjectDisposedException>(() => counter.Label("text"));
            Assert.Throws<ObjectDisposedException>(() => counter.Fail("key"));
            await Assert.ThrowsAsync<ObjectDisposedException>(() => counter.ValueLaterAsync(1));
            using var other = new Counter(1);
            Assert.Throws<ObjectDisposedException>(() => other.AddAll(Array.Empty<Counter>(), counter, other));
            Assert.Throws<ObjectDisposedException>(() => other.AddAll(Array.Empty<Counter>(), null, counter));
        }

        [Fact]
        public void Errors_and_panics_of_a_method_leave_the_object_as_it_is()
        {
            using var counter = new Counter(1);
            Assert.Equal("k is not here", Assert.Throws<FetchException.NotFound>(() => counter.Fail("k")).Message);
            Assert.Equal("a counter panics", Assert.Throws<RustPanicException>(() => counter.Panic()).Message);
            Assert.Equal(1UL, counter.Value());
        }

        [Fact]
        public void An_object_is_freed_when_it_is_disposed_of()
        {
            var before = Live();
            var counters = Enumerable.Range(0, 100).Select(i => new Counter((ulong)i)).ToList();
            Assert.Equal(before + 100, IntegradorBindgenSample.LiveCounters());
            counters.ForEach(counter => counter.Dispose());
            Assert.Equal(before, IntegradorBindgenSample.LiveCounters());
        }

        [Fact]
        public void An_object_that_nobody_holds_is_freed_by_the_collector()
        {
            var before = Live();
            MakeAndForget(100);
            Eventually(before);
        }

        [Fact]
        public void What_a_failed_call_has_lowered_is_freed()
        {
            var before = Live();
            var gone = new Counter(0);
            gone.Dispose();
            using (var counter = new Counter(1))
            {
                for (var i = 0; i < 10; i++)
                {
                    Assert.Throws<ObjectDisposedException>(() => gone.AddAll(Array.Empty<Counter>(), null, counter));
                    Assert.Throws<ObjectDisposedException>(() => counter.AddAll(Array.Empty<Counter>(), null, gone));
                    Assert.Throws<ObjectDisposedException>(() => counter.Equals(gone));
                }
            }
            Assert.Equal(before, IntegradorBindgenSample.LiveCounters());
        }

        [Fact]
        public async Task Dispose_during_a_call_frees_after_the_call()
        {
            var before = Live();
            var counter = new Counter(7);
            var call = Task.Run(() => counter.Slow(300));
            var future = counter.ValueLaterAsync(300);
            await Task.Delay(100);
            counter.Dispose();
            Assert.False(call.IsCompleted);
            Assert.Equal(before + 1, IntegradorBindgenSample.LiveCounters());
            Assert.Throws<ObjectDisposedException>(() => counter.Value());
            Assert.Equal(7UL, await call);
            Assert.Equal(7UL, await future);
            Eventually(before);
        }

        [Fact]
        public async Task Dispose_races_calls()
        {
            var before = Live();
            for (var round = 0; round < 300; round++)
            {
                var counter = new Counter(1);
                using var start = new ManualResetEventSlim();
                var calls = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
                {
                    start.Wait();
                    try
                    {
                        for (var i = 0; i < 50; i++)
                        {
                            counter.Add(1);
                        }
                    }
                    catch (ObjectDisposedException)
                    {
                        // Which is what it is to throw, and nothing else.
                    }
                })).ToList();
                start.Set();
                counter.Dispose();
                await Task.WhenAll(calls);
            }
            Eventually(before);
        }

        [Fact]
        public async Task The_collector_runs_during_calls()
        {
            var watch = Stopwatch.StartNew();
            using var stop = new CancellationTokenSource();
            var collector = Task.Run(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }
            });
            var before = Live();
            var calls = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (watch.Elapsed < TimeSpan.FromSeconds(3))
                {
                    // Nobody holds the counter while it is called.
                    Assert.Equal(2UL, new Counter(1).Add(1));
                    Assert.Equal(3UL, await new Counter(3).ValueLaterAsync(1));
                    Assert.Equal(ValueTests.Ana(), IntegradorBindgenSample.EchoPerson(ValueTests.Ana()));
                    Assert.Equal("x", await IntegradorBindgenSample.AtOnceAsync("x"));
                    Assert.Throws<FetchException.Closed>(() => IntegradorBindgenSample.Fetch("closed"));
                }
            })).ToList();
            await Task.WhenAll(calls);
            stop.Cancel();
            await collector;
            Eventually(before);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void MakeAndForget(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _ = new Counter((ulong)i).Value();
            }
        }

        /// <summary>How many live, without those that are only waiting to be collected.</summary>
        private static long Live()
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            return IntegradorBindgenSample.LiveCounters();
        }

        private static void Eventually(long expected)
        {
            var watch = Stopwatch.StartNew();
            while (Live() != expected && watch.Elapsed < TimeSpan.FromSeconds(10))
            {
                Thread.Sleep(10);
            }
            Assert.Equal(expected, IntegradorBindgenSample.LiveCounters());
        }
    }
}
