using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>Whom a room's origin bars from it.</summary>
    public sealed class BansTests : IDisposable
    {
        private static readonly ExternalId Plaza = new ExternalId("Norte", "plaza");
        private readonly Pair pair = new Pair();

        public void Dispose() => pair.Dispose();

        [Fact]
        public async Task Whom_a_room_bars_can_neither_write_nor_join_there_until_the_ban_is_over()
        {
            await pair.Norte.PublishRoomAsync(Room(Banned.Of("2")));
            Eventually.So("the room at Sur", () => pair.Sur.Room(Plaza) != null);
            Room room = pair.Sur.Room(Plaza)!;
            Assert.Equal(new[] { "1" }, room.Members["Sur"]);
            Assert.Equal(new[] { "2" }, room.Banned["Sur"].Users);
            Assert.False(room.Banned["Sur"].All);
            Assert.Contains("barred", Fails.With(ErrorKind.Forbidden, () => pair.Sur.PublishMessage(Plaza, "2", "hola")).Message);
            Assert.Contains("barred", (await Fails.WithAsync(ErrorKind.Forbidden, () => pair.Sur.JoinRoomAsync(Plaza, "2"))).Message);
            pair.Sur.PublishMessage(Plaza, "1", "hola");

            pair.Norte.PublishRoom(Room(Banned.Everybody));
            Eventually.So("all of Sur are barred", () => pair.Sur.Room(Plaza)!.Banned.TryGetValue("Sur", out Banned? who) && who.All);
            room = pair.Sur.Room(Plaza)!;
            Assert.Empty(room.Members);
            Assert.Empty(room.Banned["Sur"].Users);
            Fails.With(ErrorKind.Forbidden, () => pair.Sur.PublishMessage(Plaza, "1", "hola"));

            pair.Norte.PublishRoom(Room(null));
            Eventually.So("nobody is barred", () => pair.Sur.Room(Plaza)!.Banned.Count == 0);
            Assert.Equal(new[] { "1", "2" }, pair.Sur.Room(Plaza)!.Members["Sur"]);
            pair.Sur.PublishMessage(Plaza, "2", "hola");
        }

        [Fact]
        public void The_handler_hears_who_is_barred()
        {
            pair.Norte.PublishRoom(Room(Banned.Of(new List<string> { "2", "3" })));
            var told = new List<IReadOnlyDictionary<string, Banned>>();
            using (Consumer events = pair.Sur.CreateConsumer())
            {
                while (told.Count == 0)
                {
                    Event e = events.Next(Eventually.Patience) ?? throw new InvalidOperationException("nothing came");
                    events.Done();
                    if (e is RoomChange change && change.Room.Id == Plaza)
                    {
                        told.Add(change.Room.Banned);
                    }
                }
            }
            Assert.Equal("Sur", told.Single().Single().Key);
            Assert.Equal(new[] { "2", "3" }, told.Single()["Sur"].Users);
        }

        private static NewRoom Room(Banned? ofSur)
        {
            var room = new NewRoom("plaza", "La plaza", RoomKind.Public) { Members = { ["Sur"] = new[] { "1", "2" } } };
            if (ofSur != null)
            {
                room.Banned["Sur"] = ofSur;
            }
            return room;
        }
    }
}
