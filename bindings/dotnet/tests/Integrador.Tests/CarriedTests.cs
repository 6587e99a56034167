using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>Avatars, and what an application carries beyond the protocol with users, rooms, messages and edits.</summary>
    public sealed class CarriedTests : IDisposable
    {
        private const string Avatar = "https://example.org/ana.png";
        private readonly Pair pair = new Pair();
        private readonly Ext ext = Ext.Parse("{ \"mood\": \"alegr\\u00eda\",\n \"n\": [1, 2.50, null, true, {\"big\": 12345678901234567890}] }");

        public void Dispose() => pair.Dispose();

        [Fact]
        public async Task What_a_message_and_its_edits_carry_arrives_letter_by_letter()
        {
            Assert.Equal("{\"mood\":\"alegría\",\"n\":[1,2.50,null,true,{\"big\":12345678901234567890}]}", ext.Json);
            Guid said = pair.Norte.PublishMessage(new NewMessage("7", "1", "hola") { Ext = ext }).EventId!.Value;
            await pair.Norte.EditMessageAsync(said, "1", "¡hola!", ext: Ext.Parse("{}"));
            pair.Norte.EditMessage(said, "1", "¡hola a todos!");
            pair.Say("adiós");
            using (Consumer events = pair.Sur.CreateConsumer())
            {
                Assert.Equal(ext, Next<Message>(events).Ext);
                Assert.Equal("{}", Next<Edit>(events).Ext?.Json);
                Assert.Null(Next<Edit>(events).Ext);
                Assert.Null(Next<Message>(events).Ext);
            }
        }

        [Fact]
        public async Task What_a_user_carries_and_its_avatar_arrive_and_go_again()
        {
            var ana = new NewUser("1", "Ana") { Avatar = Avatar, Ext = ext };
            await pair.Norte.PublishUserAsync(ana);
            Assert.Null(pair.Norte.PublishUser(ana).EventId);
            Eventually.So("the avatar at Sur", () => Ana().Avatar == Avatar);
            Assert.Equal(ext, Ana().Ext);
            Assert.Equal(1, await pair.Norte.PublishUsersAsync(new[] { ana, new NewUser("2", "Eva") }));
            Assert.Equal(1, pair.Norte.PublishUsers(new[] { new NewUser("1", "Ana"), new NewUser("2", "Eva") }));
            Eventually.So("no avatar at Sur", () => Ana().Avatar == null);
            Assert.Null(Ana().Ext);
            using (Consumer events = pair.Sur.CreateConsumer())
            {
                User[] told = { Next<UserChange>(events).User, Next<UserChange>(events).User };
                Assert.Equal((null, null), (told[0].Avatar, told[0].Ext));
                Assert.Equal((Avatar, ext), (told[1].Avatar, told[1].Ext));
            }
        }

        [Fact]
        public async Task What_a_room_carries_and_its_avatar_arrive()
        {
            await pair.Norte.PublishRoomAsync(new NewRoom("7", "Plaza", RoomKind.Private)
            {
                Members = { ["Norte"] = new[] { "1" }, ["Sur"] = new[] { "1" } },
                Avatar = Avatar,
                Ext = ext,
            });
            Eventually.So("the avatar at Sur", () => pair.Sur.Room(new ExternalId("Norte", "7"))!.Avatar == Avatar);
            Room room = pair.Sur.Rooms().Single();
            Assert.Equal(ext, room.Ext);
            Assert.Empty(room.Banned);
            Assert.Equal(new[] { "1" }, room.Members["Sur"]);
            using (Consumer events = pair.Sur.CreateConsumer())
            {
                // Whatever it was for: an event has the room as it is when it is handed out.
                RoomChange change = Next<RoomChange>(events);
                Assert.Equal((Avatar, ext), (change.Room.Avatar, change.Room.Ext));
            }
        }

        [Fact]
        public void A_value_of_the_applications_becomes_JSON_and_is_read_as_one()
        {
            Ext of = Ext.Of(new Mood { Word = "alegría", Level = 3 });
            Assert.Equal("{\"Word\":\"alegría\",\"Level\":3}", of.Json);
            Assert.Equal(("alegría", 3), (of.Read<Mood>().Word, of.Read<Mood>().Level));
            Assert.Equal(3, of.Read<JsonElement>().GetProperty("Level").GetInt32());
            Assert.True(of == Ext.Of(new Dictionary<string, object> { ["Word"] = "alegría", ["Level"] = 3 }));
            Assert.True(of != ext);
            Ext small = Ext.Of(new Mood { Word = "x" }, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase });
            Assert.Equal("{\"word\":\"x\",\"level\":0}", small.ToString());
            Assert.Equal("ext", Fails.With(ErrorKind.Invalid, () => of.Read<List<int>>()).Field);
        }

        [Fact]
        public void What_can_not_be_carried_is_refused_with_the_reason()
        {
            void Refused(string why, Action call)
            {
                IntegradorException e = Fails.With(ErrorKind.Invalid, call);
                Assert.Equal("ext", e.Field);
                Assert.Contains(why, e.Message);
            }
            Refused("4096 bytes", () => Ext.Parse("{\"a\":\"" + new string('x', 4096) + "\"}"));
            Refused("32 deep", () => Ext.Parse("{\"a\":" + new string('[', 32) + new string(']', 32) + "}"));
            Refused("JSON object", () => Ext.Parse("[1]"));
            Refused("JSON object", () => Ext.Parse("{"));
            Refused("JSON object", () => Ext.Of(5));
            Refused("JSON object", () => Ext.Of(new Endless()));
            foreach (string avatar in new[] { "ana.png", "ftp://example.org/a", "https://example.org/" + new string('x', 2048) })
            {
                Assert.Equal("avatar", Fails.With(ErrorKind.Invalid, () => pair.Norte.PublishUser(new NewUser("1", "Ana") { Avatar = avatar })).Field);
            }
        }

        private static T Next<T>(Consumer events)
            where T : Event
        {
            while (true)
            {
                Event e = events.Next(Eventually.Patience) ?? throw new InvalidOperationException("nothing came");
                events.Done();
                if (e is T wanted)
                {
                    return wanted;
                }
            }
        }

        private User Ana() => pair.Sur.Users("Norte").Single(user => user.Id.Id == "1");

        private sealed class Mood
        {
            public string Word { get; set; } = "";

            public int Level { get; set; }
        }

        private sealed class Endless
        {
            public Endless Next => this;
        }
    }
}
