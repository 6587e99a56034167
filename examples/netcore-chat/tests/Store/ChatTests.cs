using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using NetCoreChat.Model;
using NetCoreChat.Store;
using Xunit;

namespace NetCoreChat.Tests.Store
{
    /// <summary>People, conversations and messages, as the chat keeps them.</summary>
    public sealed class ChatTests : IDisposable
    {
        private static readonly Guid First = Guid.Parse("01890a5d-0000-7000-8000-000000000001");
        private static readonly Guid Second = Guid.Parse("01890a5d-0000-7000-8000-000000000002");
        private static readonly Guid Third = Guid.Parse("01890a5d-0000-7000-8000-000000000003");

        private readonly TemporaryFolder folder = new TemporaryFolder();
        private readonly Chat chat;
        private readonly Guid lucia;
        private readonly Guid mateo;
        private readonly Guid zoe;

        public ChatTests()
        {
            chat = Chat.OpenAsync(folder.Path, "net core", new[] { "Lucía", "Mateo", "Zoe" }, _ => { }).GetAwaiter().GetResult();
            Dictionary<string, Guid> own = chat.Users.Own().ToDictionary(user => user.Name, user => user.Id);
            (lucia, mateo, zoe) = (own["Lucía"], own["Mateo"], own["Zoe"]);
        }

        public void Dispose()
        {
            chat.Dispose();
            folder.Dispose();
        }

        private Task<Message> Write(Guid conversation, string text) =>
            chat.Messages.AddOwnAsync(new Draft(conversation, lucia, "Lucía", text), text);

        private string Texts(Guid conversation, long? before = null, int limit = 50) =>
            string.Join("|", chat.Messages.Page(conversation, before, limit).Select(message => message.Text));

        private Task Published(params string[] to) => chat.Messages.PublishedAsync(new[] { (1L, First, (IReadOnlyList<string>)to) });

        private Task<Guid> Group(params Guid[] members) => chat.Conversations.AddAsync("grupo", false, members);

        [Fact]
        public async Task A_new_chat_begins_with_its_users_and_a_public_room_once()
        {
            Assert.Equal("Plaza de net core", Assert.Single(chat.Conversations.Of(lucia)).Name);
            chat.Dispose();
            using Chat again = await Chat.OpenAsync(folder.Path, "net core", new[] { "Otra" }, _ => { });
            Assert.Equal(3, again.Users.Own().Count);
            Assert.Single(again.Conversations.Of(lucia));
        }

        [Fact]
        public async Task A_name_is_given_once_whatever_its_case()
        {
            Assert.NotNull(await chat.Users.AddAsync("Ñandú"));
            Assert.Null(await chat.Users.AddAsync("ñANDÚ"));
            await chat.Users.SaveAsync(new[] { (Guid.NewGuid(), "BuasApp:1", "Marcelo", true, (string?)null) });
            Assert.NotNull(await chat.Users.AddAsync("Marcelo"));
        }

        [Fact]
        public async Task Nobody_of_another_platform_is_found_as_an_own_user_or_by_a_session()
        {
            Guid marcelo = chat.Ids.Of("BuasApp", "1");
            await chat.Users.SaveAsync(new[] { (marcelo, "BuasApp:1", "Marcelo", true, (string?)null) });
            Assert.Equal("BuasApp", chat.Users.Find(marcelo)?.Platform);
            Assert.Null(chat.Users.FindOwn(marcelo));
            await chat.Users.AddSessionAsync("hash", marcelo);
            Assert.Null(chat.Users.OfSession("hash"));
        }

        [Fact]
        public async Task A_conversation_reads_by_event_ids_and_what_the_node_does_not_have_stands_last()
        {
            Guid id = await Group(lucia, mateo, zoe);
            await Write(id, "mío, el primero");
            await chat.Messages.AddForeignAsync(new Draft(id, zoe, "Zoe", "el tercero"), Third, null);
            await chat.Messages.AddForeignAsync(new Draft(id, zoe, "Zoe", "el segundo"), Second, null);
            Assert.Equal("el segundo|el tercero|mío, el primero", Texts(id));
            await Published();
            Assert.Equal("mío, el primero|el segundo|el tercero", Texts(id));
            Message last = chat.Conversations.Find(id)!.Last!;
            Assert.Equal("el tercero", last.Text);
            Assert.Equal(3, chat.Conversations.Find(id)!.Newest);
        }

        [Fact]
        public async Task What_the_node_refused_stands_after_all_that_was_there_and_before_what_comes()
        {
            Guid id = await Group(lucia, mateo, zoe);
            await chat.Messages.AddForeignAsync(new Draft(id, zoe, "Zoe", "antes"), First, null);
            Message refused = await Write(id, "no");
            await chat.Messages.FailedAsync(refused.Id, "porque no");
            await chat.Messages.AddForeignAsync(new Draft(id, zoe, "Zoe", "después"), Second, null);
            Assert.Equal("antes|no|después", Texts(id));
            Assert.Equal("porque no", chat.Messages.Find(refused.Id)!.Failed);
            Assert.Empty(chat.Messages.Unpublished(10));
        }

        [Fact]
        public async Task Pages_follow_one_another_without_a_gap()
        {
            Guid id = await Group(lucia, mateo);
            for (int n = 1; n <= 7; n++)
            {
                await chat.Messages.AddForeignAsync(new Draft(id, mateo, "Mateo", "m" + n), Guid.Parse($"01890a5d-0000-7000-8000-00000000001{8 - n}"), null);
            }
            Assert.Equal("m3|m2|m1", Texts(id, null, 3));
            Assert.Equal("m6|m5|m4", Texts(id, 3, 3));
            Assert.Equal("m7", Texts(id, 6, 3));
            Assert.Equal("", Texts(id, 7, 3));
            Assert.Equal("", Texts(id, 99, 3));
        }

        [Fact]
        public async Task The_same_key_is_the_same_message_and_the_same_event_comes_once()
        {
            Guid id = await Group(lucia, mateo);
            Assert.Equal((await Write(id, "una vez")).Id, (await Write(id, "una vez")).Id);
            Assert.NotNull(await chat.Messages.AddForeignAsync(new Draft(id, mateo, "Mateo", "otra"), First, null));
            Assert.Null(await chat.Messages.AddForeignAsync(new Draft(id, mateo, "Mateo", "otra"), First, null));
            Assert.Equal("otra|una vez", Texts(id));
        }

        [Fact]
        public async Task A_tick_that_was_asked_for_does_not_undo_an_end_and_one_that_was_told_does()
        {
            Guid id = await Group(lucia, mateo);
            await Write(id, "hola");
            await Published("BuasApp");
            Assert.Equal("waiting", Assert.Single(chat.Messages.Find(1)!.Deliveries).State);
            async Task<string> Tick(string state, bool reread)
            {
                Assert.Equal(1L, await chat.Messages.TickAsync(First, new[] { new Tick { Platform = "BuasApp", State = state } }, reread));
                return Assert.Single(chat.Messages.Find(1)!.Deliveries).State;
            }
            Assert.Equal(First, Assert.Single(chat.Messages.OnTheirWay(10)));
            Assert.Equal("delivered", await Tick("delivered", true));
            Assert.Empty(chat.Messages.OnTheirWay(10));
            Assert.Equal("delivered", await Tick("waiting", true));
            Assert.Equal("dead", await Tick("dead", false));
            Assert.Null(await chat.Messages.TickAsync(Second, Array.Empty<Tick>(), true));
        }

        [Fact]
        public async Task A_group_that_shrinks_to_two_stays_a_group()
        {
            Guid id = chat.Ids.Of("BuasApp", "7");
            await chat.Conversations.SaveAsync(Rooms.Of(id, "BuasApp:7", "los tres", false, lucia, mateo, zoe));
            await chat.Conversations.SaveAsync(Rooms.Of(id, "BuasApp:7", "los tres", false, lucia, mateo));
            Assert.False(chat.Conversations.Find(id)!.Direct);
            Assert.Null(chat.Conversations.ChatOf(lucia, mateo));
            Guid direct = await Group(lucia, mateo);
            Assert.Equal(direct, chat.Conversations.ChatOf(mateo, lucia));
            Assert.Empty(chat.Conversations.Of(zoe).Where(conversation => !conversation.Public));
        }

        [Fact]
        public async Task What_has_not_changed_is_not_written()
        {
            string file = folder.File("chat.journal");
            Guid id = chat.Ids.Of("BuasApp", "7");
            async Task<long> Save()
            {
                await chat.Users.SaveAsync(new[] { (chat.Ids.Of("BuasApp", "1"), "BuasApp:1", "Marcelo", true, (string?)null) });
                await chat.Conversations.SaveAsync(Rooms.Of(id, "BuasApp:7", "sala", true, lucia));
                await chat.Conversations.MarkReadAsync(lucia, id);
                return new System.IO.FileInfo(file).Length;
            }
            Assert.Equal(await Save(), await Save());
        }

        [Fact]
        public void The_id_of_what_was_made_elsewhere_is_computed_and_of_version_8()
        {
            var ids = new Ids("net core");
            Guid computed = ids.Of("BuasApp", "7");
            Assert.Equal(computed, new Ids("net core").Of("BuasApp", "7"));
            Assert.Equal('8', computed.ToString()[14]);
            Assert.Contains(computed.ToString()[19].ToString(), "89ab");
            Assert.NotEqual(computed, ids.Of("BuasApp", "8"));
            Assert.Equal(lucia, ids.Of("net core", lucia.ToString()));
            // An id here is that text and no other: whoever speaks of another one does not mean her.
            Assert.NotEqual(lucia, ids.Of("net core", lucia.ToString().ToUpperInvariant()));
            Assert.NotEqual(lucia, ids.Of("BuasApp", lucia.ToString()));
        }
    }
}
