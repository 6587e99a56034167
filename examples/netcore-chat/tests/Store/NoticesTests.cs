using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using NetCoreChat.Model;
using NetCoreChat.Store;
using Xunit;

namespace NetCoreChat.Tests.Store
{
    /// <summary>What has happened to a conversation, in lines among its messages.</summary>
    public sealed class NoticesTests : IDisposable
    {
        private readonly TemporaryFolder folder = new TemporaryFolder();
        private readonly Chat chat;
        private readonly Guid lucia;
        private readonly Guid mateo;
        private readonly Guid zoe;
        private readonly Guid room;

        public NoticesTests()
        {
            chat = Chat.OpenAsync(folder.Path, "net core", new[] { "Lucía", "Mateo", "Zoe" }, _ => { }).GetAwaiter().GetResult();
            Dictionary<string, Guid> own = chat.Users.Own().ToDictionary(user => user.Name, user => user.Id);
            (lucia, mateo, zoe) = (own["Lucía"], own["Mateo"], own["Zoe"]);
            room = chat.Ids.Of("BuasApp", "7");
        }

        public void Dispose()
        {
            chat.Dispose();
            folder.Dispose();
        }

        private static Guid Event(int n) => Guid.Parse($"01890a5d-0000-7000-8000-00000000000{n}");

        private Task<IReadOnlyList<long>?> Save(string name, Guid[] members, string[] banned, int e)
        {
            ConversationRow row = Rooms.Of(room, "BuasApp:7", name, true, members);
            row.Banned = banned.ToList();
            return chat.Conversations.SaveAsync(row, Event(e));
        }

        private string Told() => string.Join(", ", chat.Messages.Page(room, null, 50).Select(message =>
            message.Notice == null ? message.Text : $"{message.Notice} {message.SenderName}{message.Text}"));

        [Fact]
        public async Task What_happens_to_a_room_is_told_once_at_the_place_of_its_announcement()
        {
            Assert.Empty((await Save("Cine", new[] { lucia, mateo }, Array.Empty<string>(), 1))!);
            await chat.Messages.AddForeignAsync(new Draft(room, lucia, "x", "antes", new List<Attached>()), Event(2), null);
            await chat.Messages.AddForeignAsync(new Draft(room, lucia, "x", "después", new List<Attached>()), Event(9), null);
            Assert.Equal(3, (await Save("Cine club", new[] { lucia, zoe }, Array.Empty<string>(), 5))!.Count);
            Assert.Null(await Save("Cine club", new[] { lucia, zoe }, Array.Empty<string>(), 6));
            Assert.Equal("antes, left Mateo, joined Zoe, renamed Cine club, después", Told());
        }

        [Fact]
        public async Task Who_is_barred_has_not_left_and_a_platform_is_nobody()
        {
            await Save("Cine", new[] { lucia, mateo }, Array.Empty<string>(), 1);
            await Save("Cine", new[] { lucia }, new[] { mateo.ToString(), "Malo:*" }, 2);
            Assert.Equal(new[] { mateo.ToString(), "Malo:*" }, chat.Conversations.Find(room)!.Banned);
            await Save("Cine", new[] { lucia }, Array.Empty<string>(), 3);
            Assert.Equal("banned Mateo, unbanned Mateo", Told());
        }

        [Fact]
        public async Task A_line_is_no_message_that_is_counted_or_changed()
        {
            await Save("Cine", new[] { lucia }, Array.Empty<string>(), 1);
            Message message = (await chat.Messages.AddForeignAsync(new Draft(room, mateo, "x", "hola", new List<Attached>()), Event(2), null))!;
            long notice = (await Save("Cine", new[] { lucia, zoe }, Array.Empty<string>(), 3))!.Single();
            Conversation shown = chat.Conversations.Of(lucia).Single(one => one.Id == room);
            Assert.Equal((1, message.Id, message.Id), (shown.Unread, shown.Newest, shown.Last!.Id));
            Assert.Equal(Not.There, await chat.Changes.AddOwnAsync(room, notice, lucia, "k", new Said(Said.Reaction, emoji: "👍", on: true)));
        }
    }
}
