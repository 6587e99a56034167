using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using NetCoreChat.Model;
using NetCoreChat.Store;
using Xunit;

namespace NetCoreChat.Tests.Store
{
    /// <summary>What is said of messages: who may, what counts, and in whatever order it comes.</summary>
    public sealed class ChangesTests : IDisposable
    {
        private readonly TemporaryFolder folder = new TemporaryFolder();
        private Chat chat;
        private readonly Guid lucia;
        private readonly Guid mateo;
        private readonly Guid plaza;

        public ChangesTests()
        {
            chat = Open();
            Dictionary<string, Guid> own = chat.Users.Own().ToDictionary(user => user.Name, user => user.Id);
            (lucia, mateo) = (own["Lucía"], own["Mateo"]);
            plaza = chat.Conversations.Of(lucia).Single().Id;
        }

        public void Dispose()
        {
            chat.Dispose();
            folder.Dispose();
        }

        private Chat Open() => Chat.OpenAsync(folder.Path, "net core", new[] { "Lucía", "Mateo" }, _ => { }).GetAwaiter().GetResult();

        private static Guid Event(int n) => Guid.Parse($"01890a5d-0000-7000-8000-{n:d12}");

        private Guid Ana => chat.Ids.Of("Norte", "1");

        /// <summary>A message of Lucía, which the node has.</summary>
        private async Task<long> MineAsync(int e)
        {
            long id = (await chat.Messages.AddOwnAsync(new Draft(plaza, lucia, "Lucía", "Ola"), "key " + e)).Id;
            await chat.Messages.PublishedAsync(new[] { (id, Event(e), (IReadOnlyList<string>)Array.Empty<string>()) });
            return id;
        }

        private async Task<long> TheirsAsync(int e) =>
            (await chat.Messages.AddForeignAsync(new Draft(plaza, Ana, "Ana", "Chau"), Event(e), null))!.Id;

        private static Said Edit(string text) => new Said(Said.Edit, text);

        private static Said Delete => new Said(Said.Delete);

        private static Said React(string emoji, bool on = true) => new Said(Said.Reaction, emoji: emoji, on: on);

        private Task<Not?> Say(long message, Guid sender, Said said, string? key = null) =>
            chat.Changes.AddOwnAsync(plaza, message, sender, key ?? Guid.NewGuid().ToString(), said);

        private Task<long?> Hear(int of, int e, string who, Said said) =>
            chat.Changes.AddForeignAsync(Event(of), Event(e), who.Split(':')[0], chat.Ids.Of(who.Split(':')[0], who.Split(':')[1]), said);

        private string Text(long id) => chat.Messages.Find(id)!.Text;

        private string Reactions(long id) => string.Join(" ", chat.Messages.Find(id)!.Reactions.Select(one => one.Emoji + one.People.Count));

        [Fact]
        public async Task An_own_message_is_edited_and_deleted_by_its_writer_alone()
        {
            (long mine, long theirs) = (await MineAsync(1), await TheirsAsync(2));
            Assert.Equal(Not.Theirs, await Say(mine, mateo, Edit("x")));
            Assert.Equal(Not.Theirs, await Say(theirs, lucia, Delete));
            Assert.Equal(Not.There, await Say(99, lucia, Delete));
            Assert.Equal(Not.There, await chat.Changes.AddOwnAsync(Guid.NewGuid(), mine, lucia, "elsewhere", Delete));
            Assert.Equal(Not.Empty, await Say(mine, lucia, Edit("")));
            Assert.Null(await Say(mine, lucia, Edit("Hola")));
            Assert.Equal(("Hola", true, 1), (Text(mine), chat.Messages.Find(mine)!.Edited, chat.Messages.Find(mine)!.Revision));
            Assert.Null(await Say(mine, lucia, Delete, "gone"));
            Assert.Null(await Say(mine, lucia, Delete, "gone"));
            Assert.Equal(Not.There, await Say(mine, lucia, Edit("¿Hola?")));
            Assert.Equal(("", true, 2), (Text(mine), chat.Messages.Find(mine)!.Deleted, chat.Messages.Find(mine)!.Revision));
            Assert.Equal(new[] { Said.Edit, Said.Delete }, chat.Changes.Unpublished(10).Select(change => change.Said.Kind));
        }

        [Fact]
        public async Task A_message_that_the_node_does_not_have_yet_is_changed_later()
        {
            long id = (await chat.Messages.AddOwnAsync(new Draft(plaza, lucia, "Lucía", "Ola"), "k")).Id;
            Assert.Equal(Not.Yet, await Say(id, lucia, Edit("Hola")));
            await chat.Messages.PublishedAsync(new[] { (id, Event(1), (IReadOnlyList<string>)Array.Empty<string>()) });
            Assert.Null(await Say(id, lucia, Edit("Hola")));
        }

        [Fact]
        public async Task Elsewhere_a_message_is_edited_by_its_writer_and_deleted_by_that_or_by_the_platform_of_its_room()
        {
            (long mine, long theirs) = (await MineAsync(1), await TheirsAsync(2));
            foreach ((int of, string who, Said said) in new[] { (2, "Norte:2", Edit("x")), (2, "Norte:2", Delete), (1, "Norte:1", Edit("x")), (1, "Norte:1", Delete) })
            {
                Assert.Null(await Hear(of, 9, who, said));
            }
            Assert.Equal(("Ola", "Chau"), (Text(mine), Text(theirs)));
            Assert.Equal(theirs, await Hear(2, 4, "Norte:1", Edit("¡Chau!")));
            Assert.Null(await Hear(2, 3, "Norte:1", Edit("late")));
            Assert.Equal(theirs, await Hear(2, 3, "Norte:1", Delete));
            Assert.Null(await Hear(2, 5, "Norte:1", Edit("again")));
            Guid foreign = Guid.NewGuid();
            await chat.Conversations.SaveAsync(Rooms.Of(foreign, "Norte:7", "sala", true, lucia));
            long there = (await chat.Messages.AddOwnAsync(new Draft(foreign, lucia, "Lucía", "a borrar"), "there")).Id;
            await chat.Messages.PublishedAsync(new[] { (there, Event(20), (IReadOnlyList<string>)Array.Empty<string>()) });
            Assert.Null(await Hear(20, 21, "Sur:1", Delete));
            Assert.Equal(there, await Hear(20, 22, "Norte:2", Delete));
        }

        [Fact]
        public async Task What_is_said_before_its_message_comes_is_done_then_also_after_a_restart_and_however_often_it_comes()
        {
            for (int twice = 0; twice < 2; twice++)
            {
                Assert.Null(await Hear(2, 5, "Norte:1", new Said(Said.Edit, "b", new[] { new Attached { Kind = "image", Data = new byte[] { 7 }, Mime = "image/png" } })));
                Assert.Null(await Hear(2, 4, "Norte:1", Edit("a")));
                Assert.Null(await Hear(2, 6, "Sur:1", React("🧉")));
                Assert.Null(await Hear(2, 7, "Norte:2", Edit("not theirs")));
                Assert.Null(await Hear(3, 8, "Norte:1", Delete));
                Assert.Null(await Hear(1, 9, "Norte:1", React("👍")));
            }
            Reopen();
            (long theirs, long gone, long mine) = (await TheirsAsync(2), await TheirsAsync(3), await MineAsync(1));
            for (int reopened = 0; reopened < 2; reopened++)
            {
                Assert.Equal(("b", "🧉1", "👍1", true), (Text(theirs), Reactions(theirs), Reactions(mine), chat.Messages.Find(gone)!.Deleted));
                Assert.Equal(new byte[] { 7 }, chat.Messages.Files(theirs).Single().Data);
                Reopen();
            }
            Assert.Null(await Hear(2, 5, "Norte:1", Edit("b")));
        }

        private void Reopen()
        {
            chat.Dispose();
            chat = Open();
        }

        [Fact]
        public async Task One_platform_can_not_fill_the_chat()
        {
            for (int n = 0; n < 1_010; n++)
            {
                await Hear(100_000 + n, 200_000 + n, "Norte:1", React("👍"));
            }
            await Hear(99, 98, "Sur:1", React("👍"));
            foreach ((int of, string expected) in new[] { (100_000, ""), (101_009, "👍1"), (99, "👍1") })
            {
                Assert.Equal(expected, Reactions(await TheirsAsync(of)));
            }
            long id = await TheirsAsync(2);
            for (int n = 0; n < 30; n++)
            {
                await Hear(2, 300 + n, "Norte:1", React(n.ToString()));
            }
            Assert.Equal(20, chat.Messages.Find(id)!.Reactions.Count);
        }

        [Fact]
        public async Task A_change_has_its_own_ticks_also_after_a_restart_and_only_what_is_in_force_is_told()
        {
            long mine = await MineAsync(1);
            foreach (Said said in new[] { Edit("a"), Edit("b"), React("👍"), React("🎉"), React("🎉", false) })
            {
                Assert.Null(await Say(mine, lucia, said));
            }
            foreach (OutgoingChange change in chat.Changes.Unpublished(10))
            {
                await chat.Changes.SentAsync(change.Id, Event(30 + (int)change.Id), null);
            }
            Task<long?> Tick(int e, string state, bool reread) =>
                chat.Changes.TickAsync(Event(e), new[] { new Tick { Platform = "Norte", State = state } }, reread);
            Assert.Equal(mine, await Tick(32, "waiting", true));
            Assert.Equal(new[] { Event(32) }, chat.Changes.OnTheirWay(10));
            Assert.Equal(mine, await Tick(33, "waiting", true));
            await Tick(33, "unsupported", false);
            await Tick(32, "delivered", false);
            await Tick(32, "waiting", true);
            for (int reopened = 0; reopened < 2; reopened++)
            {
                IReadOnlyList<Change> told = chat.Messages.Find(mine)!.Changes;
                Assert.Equal(new[] { "edit  True delivered", "reaction 👍 True unsupported" }, told.Select(one => $"{one.Kind} {one.Emoji} {one.Sent} {one.Deliveries.Single().State}"));
                Assert.Empty(chat.Messages.Find(mine)!.Deliveries);
                Assert.Empty(chat.Changes.Unpublished(10));
                Reopen();
            }
        }

        [Fact]
        public async Task An_answer_shows_what_it_answers_as_that_is_now_and_nothing_of_another_conversation()
        {
            (long mine, long theirs) = (await MineAsync(1), await TheirsAsync(2));
            Message answer = await chat.Messages.AddOwnAsync(new Draft(plaza, lucia, "Lucía", "Sí") { Reply = theirs }, "answer");
            Assert.Equal((theirs, "Chau"), (answer.Reply!.Message, answer.Reply.Text));
            Assert.Equal(Event(2), chat.Messages.Answered(answer.Id));
            Message reply = (await chat.Messages.AddForeignAsync(new Draft(plaza, Ana, "Ana", "No") { ReplyEvent = Event(1) }, Event(10), null))!;
            Assert.Equal(mine, reply.Reply!.Message);
            await Say(mine, lucia, Delete);
            Assert.True(chat.Messages.Find(reply.Id)!.Reply!.Deleted);
            Guid secret = await chat.Conversations.AddAsync("otra", false, new[] { lucia, mateo });
            Message leak = await chat.Messages.AddOwnAsync(new Draft(secret, lucia, "Lucía", "¿?") { Reply = theirs }, "leak");
            Assert.Equal(((long?)null, "", (Guid?)null), (leak.Reply!.Message, leak.Reply.Text, chat.Messages.Answered(leak.Id)));
        }
    }
}
