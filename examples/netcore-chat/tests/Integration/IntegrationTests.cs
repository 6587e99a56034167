using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Integrador;
using Integrador.Testing;
using Microsoft.Extensions.DependencyInjection;
using NetCoreChat.Integration;
using NetCoreChat.Live;
using Xunit;

namespace NetCoreChat.Tests.Integration
{
    /// <summary>The chat and its node, with another platform on the other side.</summary>
    public sealed class IntegrationTests : IDisposable
    {
        private const string Own = "net core";

        private readonly TemporaryFolder folder = new TemporaryFolder();
        private readonly Mesh net = Mesh.Of(Own, "BuasApp");
        private readonly Node buas;
        private readonly ConcurrentQueue<Message> heard = new ConcurrentQueue<Message>();
        private Chat chat = null!;
        private ServiceProvider services = null!;

        public IntegrationTests()
        {
            buas = net.Node("BuasApp");
            buas.PublishUsers(new Dictionary<string, string> { ["1"] = "Marcelo", ["2"] = "Julieta" });
            buas.Start(IntegradorHandler.Messages(heard.Enqueue));
            OpenAsync().GetAwaiter().GetResult();
        }

        private async Task OpenAsync()
        {
            chat = await Chat.OpenAsync(folder.Path, Own, new[] { "Lucía", "Mateo" }, _ => { });
            var all = new ServiceCollection();
            all.AddLogging();
            all.AddSignalR();
            all.AddSingleton(chat);
            all.AddSingleton(net.Node(Own));
            all.AddSingleton<Pages>();
            all.AddIntegrationServices();
            services = all.BuildServiceProvider();
            await Importer.CatchUpAsync();
            net.Node(Own).Start(services.GetRequiredService<ChatEvents>());
            await SettleAsync();
        }

        private void CloseChat()
        {
            net.Node(Own).Stop();
            services.Dispose();
            chat.Dispose();
        }

        public void Dispose()
        {
            CloseChat();
            net.Dispose();
            folder.Dispose();
        }

        private Importer Importer => services.GetRequiredService<Importer>();

        private Memberships Memberships => services.GetRequiredService<Memberships>();

        private Guid Lucia => chat.Users.Own().Single(user => user.Name == "Lucía").Id;

        private Guid Mateo => chat.Users.Own().Single(user => user.Name == "Mateo").Id;

        private Guid Plaza => chat.Conversations.Of(Guid.Empty).Single(conversation => conversation.Home == Own).Id;

        private Guid Marcelo => chat.Ids.Of("BuasApp", "1");

        /// <summary>All that is written is published, all that can be delivered has been, and what came is stored.</summary>
        private async Task SettleAsync()
        {
            await services.GetRequiredService<Publisher>().PublishAsync();
            net.Settle();
        }

        private Task<Model.Message> WriteAsync(Guid conversation, string text, params Model.Attached[] files) =>
            chat.Messages.AddOwnAsync(new Model.Draft(conversation, Lucia, "Lucía", text, files), text);

        private Task<Guid> ChatWithMarceloAsync() => chat.Conversations.AddAsync("", false, new[] { Lucia, Marcelo });

        private Model.Message Stored(Model.Message message) => chat.Messages.Find(message.Id)!;

        private string Texts(Guid conversation) => string.Join("|", chat.Messages.Page(conversation, null, 50).Select(message => message.Text));

        private string Heard => string.Join("|", heard.Select(message => message.Text));

        private static string Ticks(Model.Message message) => string.Join(",", message.Deliveries.Select(tick => $"{tick.Platform} {tick.State}"));

        [Fact]
        public async Task Its_users_are_known_elsewhere_and_those_of_others_are_stored_under_ids_of_its_own()
        {
            Assert.Equal("Lucía,Mateo", string.Join(",", buas.Users(Own).Select(user => user.Name).OrderBy(name => name)));
            Model.User marcelo = chat.Users.Find(Marcelo)!;
            Assert.Equal("BuasApp:1 Marcelo BuasApp True", $"{marcelo.External} {marcelo.Name} {marcelo.Platform} {marcelo.Active}");
            Assert.Equal(Marcelo.ToString(), net.Node(Own).LocalId(BindKind.User, new ExternalId("BuasApp", "1")));
            await chat.Users.AddAsync("Zoe");
            buas.PublishUsers(new Dictionary<string, string> { ["1"] = "Marcelo P." });
            await SettleAsync();
            Assert.Contains(buas.Users(Own), user => user.Name == "Zoe");
            Assert.Equal("Marcelo P.", chat.Users.Find(Marcelo)!.Name);
            Assert.False(chat.Users.Find(chat.Ids.Of("BuasApp", "2"))!.Active);
        }

        [Fact]
        public async Task A_message_that_is_written_here_arrives_there_and_its_tick_says_so()
        {
            Guid id = await ChatWithMarceloAsync();
            Model.Message message = await WriteAsync(id, "¿Cómo va? 🧉", new Model.Attached { Kind = "image", Data = new byte[] { 1, 2, 3 }, Mime = "image/png", Name = "a.png" });
            await SettleAsync();
            Message there = Assert.Single(heard);
            Assert.Equal("¿Cómo va? 🧉", there.Text);
            Assert.Equal($"{Own}:{id}", there.Room.ToString());
            Assert.Equal(new[] { "1" }, there.Recipients);
            Assert.Equal(new byte[] { 1, 2, 3 }, Assert.Single(there.Attachments).Data);
            Assert.Equal("BuasApp delivered", Ticks(Stored(message)));
            Assert.Equal(there.EventId.ToString(), Stored(message).Place);
        }

        [Fact]
        public async Task A_room_and_a_message_of_another_platform_are_stored_and_answered()
        {
            buas.PublishRoom("7", "Los mundialistas", RoomKind.Private, new Dictionary<string, IReadOnlyList<string>>
            {
                [Own] = new[] { Lucia.ToString() },
                ["BuasApp"] = new[] { "1", "2" },
            });
            buas.PublishMessage(new NewMessage("7", "1", "hola") { Attachments = { Attachment.Inline(AttachmentKind.Audio, new byte[] { 7 }, "audio/wav", "a.wav") } });
            await SettleAsync();
            Guid id = chat.Ids.Of("BuasApp", "7");
            Model.Conversation room = chat.Conversations.Of(Lucia).Single(conversation => conversation.Id == id);
            Assert.Equal("BuasApp:7 BuasApp Los mundialistas 1", $"{room.External} {room.Home} {room.Name} {room.Unread}");
            Assert.Equal(new[] { Lucia, Marcelo, chat.Ids.Of("BuasApp", "2") }.OrderBy(m => m), room.Members.OrderBy(m => m));
            Assert.Equal(Marcelo, room.Last!.Sender);
            Assert.Equal(new byte[] { 7 }, Assert.Single(chat.Messages.Files(room.Last.Id)).Data);
            await WriteAsync(id, "¡hola!");
            await SettleAsync();
            Assert.Equal("¡hola!", Heard);
            Assert.Equal("hola|¡hola!", Texts(id));
        }

        [Fact]
        public async Task What_was_published_and_not_marked_because_the_process_died_in_between_is_the_same_message_and_gets_its_place_back()
        {
            Guid id = await ChatWithMarceloAsync();
            Model.Message message = await WriteAsync(id, "una vez");
            byte[] before = File.ReadAllBytes(folder.File("chat.journal"));
            await SettleAsync();
            string? place = Stored(message).Place;
            Assert.NotNull(place);
            CloseChat();
            File.WriteAllBytes(folder.File("chat.journal"), before);
            buas.PublishMessage(new ExternalId(Own, id.ToString()), "1", "respuesta");
            net.Settle();
            await OpenAsync();
            Assert.Equal(place, Stored(message).Place);
            Assert.Equal("una vez|respuesta", Texts(id));
            Assert.Equal("BuasApp delivered", Ticks(Stored(message)));
            Assert.Equal("una vez", Heard);
        }

        [Fact]
        public async Task What_the_end_of_the_last_run_has_swallowed_is_taken_over_at_the_start()
        {
            Guid id = await ChatWithMarceloAsync();
            net.Down("BuasApp");
            Model.Message message = await WriteAsync(id, "¿estás?");
            await SettleAsync();
            Assert.Equal("BuasApp waiting", Ticks(Stored(message)));
            byte[] before = File.ReadAllBytes(folder.File("chat.journal"));
            net.Up("BuasApp");
            net.Settle();
            buas.PublishRoom("9", "Patio", RoomKind.Public);
            buas.PublishUser("1", "Marcelo P.");
            buas.JoinRoom(new ExternalId(Own, Plaza.ToString()), "1");
            net.Settle();
            CloseChat();
            File.WriteAllBytes(folder.File("chat.journal"), before);
            await OpenAsync();
            Assert.Equal("BuasApp delivered", Ticks(Stored(message)));
            Assert.Equal("Patio", chat.Conversations.Find(chat.Ids.Of("BuasApp", "9"))!.Name);
            Assert.Equal("Marcelo P.", chat.Users.Find(Marcelo)!.Name);
            Assert.Equal(new[] { Marcelo }, chat.Conversations.Find(Plaza)!.Members);
        }

        [Fact]
        public async Task A_delivery_of_which_no_hint_came_is_found_by_asking()
        {
            Guid id = await ChatWithMarceloAsync();
            net.Node(Own).Stop();
            Model.Message message = await WriteAsync(id, "hola");
            await services.GetRequiredService<Publisher>().StartAsync(default);
            for (int n = 0; n < 300 && Ticks(Stored(message)) != "BuasApp delivered"; n++)
            {
                net.Settle();
                await Task.Delay(100);
            }
            Assert.Equal("BuasApp delivered", Ticks(Stored(message)));
            await services.GetRequiredService<Publisher>().StopAsync(default);
        }

        // Shows promises 2 and 4.
        [Fact]
        public async Task What_is_written_while_the_other_platform_is_down_waits_says_so_and_arrives_in_order_when_it_is_back()
        {
            Guid id = await ChatWithMarceloAsync();
            await WriteAsync(id, "antes");
            await SettleAsync();
            net.Down("BuasApp");
            var meanwhile = new List<Model.Message>();
            for (int n = 1; n <= 70; n++)
            {
                meanwhile.Add(await WriteAsync(id, "m" + n));
            }
            await SettleAsync();
            Assert.True(meanwhile.All(message => Ticks(Stored(message)) == "BuasApp waiting"));
            net.Up("BuasApp");
            net.Advance(TimeSpan.FromMinutes(5));
            await SettleAsync();
            Assert.Equal("antes|" + string.Join("|", meanwhile.Select(message => message.Text)), Heard);
            Assert.True(meanwhile.All(message => Ticks(Stored(message)) == "BuasApp delivered"));
        }

        [Fact]
        public async Task A_message_that_the_node_refuses_for_good_says_why_and_what_comes_after_it_goes_out()
        {
            void Room(params string[] own) => buas.PublishRoom("7", "grupo", RoomKind.Private, new Dictionary<string, IReadOnlyList<string>>
            {
                [Own] = own,
                ["BuasApp"] = new[] { "1" },
            });
            Room(Lucia.ToString(), Mateo.ToString());
            await SettleAsync();
            Room(Mateo.ToString());
            await SettleAsync();
            Guid id = chat.Ids.Of("BuasApp", "7");
            Assert.DoesNotContain(Lucia, chat.Conversations.Find(id)!.Members);
            Model.Message refused = await WriteAsync(id, "ya no estoy");
            await WriteAsync(await ChatWithMarceloAsync(), "sigo acá");
            await SettleAsync();
            Assert.NotEqual("", Stored(refused).Failed!.Trim());
            Assert.Equal("sigo acá", Heard);
            Assert.Empty(chat.Messages.Unpublished(10));
        }

        [Fact]
        public async Task Somebody_of_this_app_joins_a_public_room_of_another_platform_and_leaves_it()
        {
            buas.PublishRoom("9", "Patio", RoomKind.Public);
            await SettleAsync();
            Guid id = chat.Ids.Of("BuasApp", "9");
            await Memberships.JoinAsync(id, Lucia);
            Assert.Equal(new[] { Lucia }, chat.Conversations.Find(id)!.Members);
            await SettleAsync();
            Assert.Equal(new[] { Lucia.ToString() }, buas.Room("9")!.Members[Own]);
            await Memberships.LeaveAsync(id, Lucia);
            await SettleAsync();
            Assert.Empty(chat.Conversations.Find(id)!.Members);
            Assert.Empty(buas.Room("9")!.MemberIds());
        }

        [Fact]
        public async Task Somebody_of_another_platform_joins_a_public_room_of_this_app_and_leaves_it()
        {
            var room = new ExternalId(Own, Plaza.ToString());
            buas.JoinRoom(room, "1");
            await SettleAsync();
            Assert.Equal(new[] { Marcelo }, chat.Conversations.Find(Plaza)!.Members);
            buas.LeaveRoom(room, "1");
            await SettleAsync();
            Assert.Empty(chat.Conversations.Find(Plaza)!.Members);
        }

        // Shows promise 3.
        [Fact]
        public async Task An_event_that_comes_again_is_stored_once()
        {
            buas.PublishRoom("9", "Patio", RoomKind.Public);
            buas.PublishMessage("9", "1", "hola");
            await SettleAsync();
            Guid id = chat.Ids.Of("BuasApp", "9");
            var again = new Message(
                Guid.Parse(chat.Conversations.Find(id)!.Last!.Place!), 2, new ExternalId("BuasApp", "9"), new ExternalId("BuasApp", "1"),
                "Marcelo", "hola", null, null, Array.Empty<Attachment>(), false, null);
            await services.GetRequiredService<ChatEvents>().HandleAsync(again, default);
            Assert.Equal("hola", Texts(id));
        }

        [Fact]
        public async Task A_message_whose_sender_claims_another_age_is_shown_in_ours()
        {
            buas.PublishRoom("9", "Patio", RoomKind.Public);
            await SettleAsync();
            Guid id = chat.Ids.Of("BuasApp", "9");
            async Task<DateTimeOffset> Shown(DateTimeOffset? at)
            {
                var message = new Message(
                    Guid.NewGuid(), 1, new ExternalId("BuasApp", "9"), new ExternalId("BuasApp", "1"), "Marcelo", "hola", at, null,
                    Array.Empty<Attachment>(), false, null);
                await services.GetRequiredService<ChatEvents>().HandleAsync(message, default);
                return chat.Messages.Find(chat.Conversations.Find(id)!.Newest!.Value)!.At;
            }
            Assert.Equal(1970, (await Shown(DateTimeOffset.MinValue)).Year);
            Assert.Equal(2100, (await Shown(DateTimeOffset.MaxValue)).Year);
            Assert.InRange(await Shown(null), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        }
    }
}
