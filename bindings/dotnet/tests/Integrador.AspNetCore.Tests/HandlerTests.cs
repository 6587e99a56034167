using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>Events are handed to the application's handlers.</summary>
    public sealed class HandlerTests : IDisposable
    {
        private readonly Folder folder = new Folder();

        public void Dispose() => folder.Dispose();

        [Fact]
        public async Task Each_event_has_a_scope_of_its_own_and_comes_again_when_its_handler_fails()
        {
            var heard = new BlockingCollection<string>();
            using var norte = new Peer(folder);
            await using App sur = await App.Start(App.Settings(folder, norte.Known()), services => services
                .AddSingleton(heard)
                .AddScoped<Session>()
                .AddIntegrador()
                .AddHandler<Fussy>());
            await norte.Meet("Sur", sur.Address + "/api/");
            await norte.Say("uno");
            await norte.Say("dos");
            var all = new List<string>();
            while (!all.Contains("dos, attempt 1, disposed"))
            {
                all.Add(await heard.Next());
            }

            Assert.Equal(
                new[]
                {
                    "uno, attempt 1, session 1", "uno, attempt 1, disposed",
                    "uno, attempt 2, session 1", "uno, attempt 2, disposed",
                    "dos, attempt 1, session 1", "dos, attempt 1, disposed",
                },
                all);
        }

        [Fact]
        public async Task All_handlers_get_an_event_in_their_order_and_again_when_one_fails()
        {
            var heard = new BlockingCollection<string>();
            using var norte = new Peer(folder);
            await using App sur = await App.Start(App.Settings(folder, norte.Known()), services => services
                .AddSingleton(heard)
                .AddIntegrador()
                .AddHandler(message => heard.Add("first"))
                .AddHandler((message, provider, cancellation) =>
                {
                    provider.GetRequiredService<BlockingCollection<string>>().Add("second");
                    return message.Attempt == 1 ? throw new InvalidOperationException("the database is busy") : Task.CompletedTask;
                })
                .AddHandler(async message =>
                {
                    await Task.Yield();
                    heard.Add("third");
                }));
            await norte.Meet("Sur", sur.Address + "/api/");
            await norte.Say("hola");
            foreach (string expected in new[] { "first", "second", "first", "second", "third" })
            {
                Assert.Equal(expected, await heard.Next());
            }
        }

        [Fact]
        public async Task Stopping_waits_for_the_handler_under_way_and_hands_out_nothing_more()
        {
            var begun = new BlockingCollection<string>();
            var release = new TaskCompletionSource<bool>();
            var ended = new ConcurrentQueue<string>();
            using var norte = new Peer(folder);
            Dictionary<string, string> settings = App.Settings(folder, norte.Known());
            await using (App sur = await App.Start(settings, services => services.AddIntegrador().AddHandler(async message =>
            {
                begun.Add(message.Text);
                await release.Task;
                ended.Enqueue(message.Text);
            })))
            {
                await norte.Meet("Sur", sur.Address + "/api/");
                await norte.Say("uno");
                await norte.Say("dos");
                Assert.Equal("uno", await begun.Next());
                Node node = sur.Node;
                Task stopped = sur.Stop(Eventually.Patience);
                await Task.Delay(300);
                Assert.False(stopped.IsCompleted, "it did not wait for the handler");
                Assert.False(node.IsClosed, "the node was closed under the handler");
                release.SetResult(true);
                await stopped.Ends("it stops");
                Assert.True(node.IsClosed, "the node is still open");
                Assert.Equal(new[] { "uno" }, ended);
            }

            Assert.Empty(begun);
            await using App again = await App.Start(settings, services => services.AddIntegrador().AddHandler(message => begun.Add(message.Text)));
            Assert.Equal("dos", await begun.Next());
        }

        [Fact]
        public async Task A_handler_that_does_not_return_in_time_is_told_and_its_event_comes_again()
        {
            var begun = new BlockingCollection<string>();
            var told = new TaskCompletionSource<bool>();
            using var norte = new Peer(folder);
            Dictionary<string, string> settings = App.Settings(folder, norte.Known());
            await using (App sur = await App.Start(settings, services => services.AddIntegrador().AddHandler(async (message, _, cancellation) =>
            {
                begun.Add(message.Text);
                using (cancellation.Register(() => told.TrySetResult(true)))
                {
                    await Task.Delay(Timeout.Infinite, cancellation);
                }
            })))
            {
                await norte.Meet("Sur", sur.Address + "/api/");
                await norte.Say("uno");
                Assert.Equal("uno", await begun.Next());
                await sur.Stop(TimeSpan.FromMilliseconds(500));
                await told.Task.Ends("the handler is told");
            }

            await using App again = await App.Start(settings, services => services.AddIntegrador().AddHandler(message => begun.Add(message.Text)));
            Assert.Equal("uno", await begun.Next());
        }

        [Fact]
        public async Task Events_begin_when_all_services_have_started_and_end_before_the_first_is_stopped()
        {
            var steps = new BlockingCollection<string>();
            using var norte = new Peer(folder);
            Dictionary<string, string> settings = App.Settings(folder, norte.Known());
            await using (App sur = await App.Start(settings, services => services.AddIntegrador()))
            {
                await norte.Meet("Sur", sur.Address + "/api/");
                await norte.Say("uno");
            }

            await using (App sur = await App.Start(settings, services =>
            {
                services.AddSingleton(steps);
                services.AddIntegrador().AddHandler(message => steps.Add(message.Text));
                services.AddHostedService<Late>();
            }))
            {
                Assert.Equal("late has started", await steps.Next());
                Assert.Equal("uno", await steps.Next());
            }

            Assert.Equal("late stops", await steps.Next());
        }

        [Fact]
        public async Task Without_a_handler_events_wait_for_a_consumer_of_the_applications_own()
        {
            using var norte = new Peer(folder);
            await using App sur = await App.Start(App.Settings(folder, norte.Known()), services => services.AddIntegrador());
            await norte.Meet("Sur", sur.Address + "/api/");
            await norte.Say("hola");
            using Consumer events = sur.Node.CreateConsumer();
            Event? next;
            do
            {
                next = await events.NextAsync(Eventually.Patience);
                Assert.NotNull(next);
                events.Done();
            }
            while (!(next is Message));
            Assert.Equal("hola", ((Message)next).Text);
        }

        /// <summary>Something scoped.</summary>
        private sealed class Session : IDisposable
        {
            private readonly BlockingCollection<string> heard;
            private string what = string.Empty;
            private int used;

            public Session(BlockingCollection<string> heard) => this.heard = heard;

            internal void Use(Message message)
            {
                what = $"{message.Text}, attempt {message.Attempt}";
                heard.Add($"{what}, session {++used}");
            }

            public void Dispose()
            {
                if (used > 0)
                {
                    heard.Add(what + ", disposed");
                }
            }
        }

        private sealed class Fussy : IntegradorHandler
        {
            private readonly Session session;

            public Fussy(Session session) => this.session = session;

            protected override Task OnMessageAsync(Message message, CancellationToken cancellationToken)
            {
                session.Use(message);
                return message.Text == "uno" && message.Attempt == 1
                    ? Task.FromException(new InvalidOperationException("the database is busy"))
                    : Task.CompletedTask;
            }
        }

        private sealed class Late : IHostedService
        {
            private readonly BlockingCollection<string> steps;

            public Late(BlockingCollection<string> steps) => this.steps = steps;

            public async Task StartAsync(CancellationToken cancellationToken)
            {
                await Task.Delay(300, cancellationToken);
                steps.Add("late has started");
            }

            public Task StopAsync(CancellationToken cancellationToken)
            {
                steps.Add("late stops");
                return Task.CompletedTask;
            }
        }
    }
}
