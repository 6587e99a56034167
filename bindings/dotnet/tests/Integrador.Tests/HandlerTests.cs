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
    /// <summary>A handler that works, fails, hangs, stops and closes its node.</summary>
    public sealed class HandlerTests : IDisposable
    {
        private readonly Pair pair = new Pair();
        private readonly ConcurrentQueue<string> came = new ConcurrentQueue<string>();

        public void Dispose() => pair.Dispose();

        // Shows promise 4.
        [Fact]
        public void What_a_handler_throws_at_comes_again_in_order()
        {
            using (var lines = new Lines(LogLineLevel.Error))
            {
                pair.Sur.Start(IntegradorHandler.Messages(message =>
                {
                    came.Enqueue(message.Text + message.Attempt);
                    if (message.Text == "uno" && message.Attempt < 3)
                    {
                        throw new InvalidOperationException("half \uD83D of it");
                    }
                }));
                pair.Say("uno");
                pair.Say("dos");
                Came("uno1", "uno2", "uno3", "dos1");
                LogLine line = lines.All.First(one => one.Message.StartsWith("the handler failed at Message", StringComparison.Ordinal));
                Assert.IsType<InvalidOperationException>(line.Exception);
                Assert.Equal(LogLineLevel.Error, line.Level);
            }
        }

        [Fact]
        public void A_task_that_fails_later_and_one_that_is_cancelled_are_failures_like_any()
        {
            pair.Sur.Start(IntegradorHandler.Messages(async message =>
            {
                await Task.Yield();
                came.Enqueue(message.Text + message.Attempt);
                if (message.Attempt == 1)
                {
                    throw new OperationCanceledException();
                }
            }));
            pair.Say("uno");
            Came("uno1", "uno2");
        }

        [Fact]
        public void Each_kind_of_event_has_its_method()
        {
            pair.Sur.Start(new Noting(came));
            pair.Norte.PublishUser("2", "Berta");
            pair.Norte.PublishRoom("8", "Otra", RoomKind.Public);
            Guid said = pair.Say("hola");
            pair.Norte.EditMessage(said, "1", "¡hola!");
            pair.Norte.React(said, "Norte", "1", "👍");
            pair.Norte.DeleteMessage(said, "1");
            string[] all = { "user Berta", "room Otra", "message hola", "edit ¡hola!", "reaction 👍", "delete of Norte" };
            Eventually.So("all of them", () => all.All(came.Contains));
        }

        // Shows promise 4.
        [Fact]
        public void Several_workers_share_the_rooms_and_keep_the_order_of_each()
        {
            foreach (string room in new[] { "8", "9", "10" })
            {
                pair.Room(room);
            }
            var most = new Most();
            pair.Sur.Start(
                IntegradorHandler.Messages(async message =>
                {
                    most.Enter();
                    await Task.Delay(2);
                    most.Leave();
                    came.Enqueue(message.Room.Id + " " + message.Text);
                }),
                workers: 4);
            for (int n = 0; n < 40; n++)
            {
                foreach (string room in new[] { "7", "8", "9", "10" })
                {
                    pair.Norte.PublishMessage(room, "1", n.ToString(CultureInfo.InvariantCulture));
                }
            }
            Eventually.So("all of them", () => came.Count == 160);
            foreach (IGrouping<string, string> room in came.Select(text => text.Split(' ')).GroupBy(of => of[0], of => of[1]))
            {
                Assert.Equal(Enumerable.Range(0, 40).Select(n => n.ToString(CultureInfo.InvariantCulture)), room);
            }
            Assert.True(most.Seen > 1, "they took turns");
        }

        // Shows promise 3.
        [Fact]
        public async Task Stopping_waits_for_the_handler_and_what_it_handled_does_not_come_again()
        {
            var begun = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            var goesOn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            pair.Sur.Start(IntegradorHandler.Messages(async message =>
            {
                begun.TrySetResult(true);
                await goesOn.Task;
                came.Enqueue(message.Text);
            }));
            pair.Say("uno");
            await begun.Task;
            Task stops = pair.Sur.StopAsync();
            await Task.Delay(100);
            Assert.False(stops.IsCompleted);
            goesOn.SetResult(true);
            await stops;
            Assert.Equal(new[] { "uno" }, came.ToArray());
            pair.Say("dos");
            pair.Arrived();
            Assert.Equal(1, pair.Sur.GetStatus().Inbox);
            pair.Sur.Start(IntegradorHandler.Messages(message => came.Enqueue(message.Text)));
            Came("uno", "dos");
        }

        [Fact]
        public async Task A_handler_that_does_not_end_is_told_to_give_up_and_its_event_comes_again()
        {
            var begun = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            var gaveUp = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            pair.Sur.Start(IntegradorHandler.Messages(async (message, cancellationToken) =>
            {
                begun.TrySetResult(true);
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }
                finally
                {
                    gaveUp.TrySetResult(true);
                }
            }));
            pair.Say("uno");
            await begun.Task;
            using (var source = new CancellationTokenSource(50))
            {
                await pair.Sur.StopAsync(source.Token);
            }
            await gaveUp.Task;
            pair.Sur.Start(IntegradorHandler.Messages(message => came.Enqueue(message.Text + message.Attempt)));
            Came("uno2");
        }

        [Fact]
        public void A_handler_may_call_whatever_its_node_offers_and_stop_itself()
        {
            pair.Sur.Start(IntegradorHandler.Messages(async message =>
            {
                await pair.Sur.GetStatusAsync();
                pair.Sur.GetStatus();
                await Task.Yield();
                pair.Sur.Stop();
                await pair.Sur.StopAsync();
                came.Enqueue(message.Text);
            }));
            pair.Say("uno");
            Came("uno");
            pair.Say("dos");
            pair.Arrived();
            Assert.Equal(1, pair.Sur.GetStatus().Inbox);
            Assert.Equal(new[] { "uno" }, came.ToArray());
        }

        [Fact]
        public void A_handler_may_close_its_node_which_waits_for_it()
        {
            pair.Sur.Start(IntegradorHandler.Messages(async message =>
            {
                await pair.Sur.CloseAsync();
                pair.Sur.Close();
                await Task.Delay(50);
                came.Enqueue(message.Text + (pair.Sur.IsClosed ? " closed" : " open"));
            }));
            pair.Say("uno");
            Came("uno open");
            Eventually.So("it is closed", () => pair.Sur.IsClosed);
            pair.Sur.Close();
            using (Node again = pair.Net.Open("Sur"))
            {
                Assert.Empty(again.NextEvents(10, TimeSpan.FromMilliseconds(200)).OfType<Message>());
            }
        }

        [Fact]
        public void What_is_in_the_callers_context_is_not_the_handlers()
        {
            var local = new AsyncLocal<string?> { Value = "the caller's" };
            pair.Sur.Start(IntegradorHandler.Messages(message => came.Enqueue(local.Value ?? "nothing")));
            pair.Say("uno");
            Came("nothing");
        }

        private void Came(params string[] expected)
        {
            Eventually.So(string.Join(", ", expected), () => came.Count >= expected.Length);
            Assert.Equal(expected, came.ToArray());
        }

        private sealed class Noting : IntegradorHandler
        {
            private readonly ConcurrentQueue<string> came;

            internal Noting(ConcurrentQueue<string> came) => this.came = came;

            protected override Task OnMessageAsync(Message message, CancellationToken cancellationToken) => Note("message " + message.Text);

            protected override Task OnUserAsync(UserChange change, CancellationToken cancellationToken) => Note("user " + change.User.Name);

            protected override Task OnRoomAsync(RoomChange change, CancellationToken cancellationToken) => Note("room " + change.Room.Name);

            protected override Task OnEditAsync(Edit edit, CancellationToken cancellationToken) => Note("edit " + edit.Text);

            protected override Task OnDeleteAsync(Delete delete, CancellationToken cancellationToken) => Note("delete of " + delete.OfPlatform);

            protected override Task OnReactionAsync(Reaction reaction, CancellationToken cancellationToken) => Note("reaction " + reaction.Emoji);

            private Task Note(string what)
            {
                came.Enqueue(what);
                return Task.CompletedTask;
            }
        }

        /// <summary>How many were inside at once, at most.</summary>
        private sealed class Most
        {
            private readonly object gate = new object();
            private int inside;

            internal int Seen { get; private set; }

            internal void Enter()
            {
                lock (gate)
                {
                    Seen = Math.Max(Seen, ++inside);
                }
            }

            internal void Leave()
            {
                lock (gate)
                {
                    inside--;
                }
            }
        }
    }
}
