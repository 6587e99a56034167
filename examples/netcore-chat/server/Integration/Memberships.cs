using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Integrador;
using NetCoreChat.Model;

namespace NetCoreChat.Integration
{
    /// <summary>
    /// Who is in a room, what it is called, whom it bars. The node has it on disk first; should the process die before it is stored here
    /// too, the next start takes it over. The node translates the ids: they are bound.
    /// </summary>
    internal sealed class Memberships
    {
        private readonly Node node;
        private readonly Importer importer;
        private readonly Chat chat;

        public Memberships(Node node, Importer importer, Chat chat)
        {
            this.node = node;
            this.importer = importer;
            this.chat = chat;
        }

        /// <summary>
        /// Whether somebody here may change this: of a room of this chat's own all, of another's which people of this chat are in it, and
        /// into private ones they let nobody.
        /// </summary>
        internal bool May(Conversation room, Model.User me, RoomUpdate wanted)
        {
            if (room.Direct || !room.Members.Contains(me.Id))
            {
                return false;
            }
            if (room.Home == node.Name)
            {
                return !wanted.Ban.Contains(me.Id);
            }
            bool decides = wanted.Name != null || wanted.Ban.Count > 0 || wanted.Unban.Count > 0;
            return !decides && wanted.Add.Concat(wanted.Remove).All(id => chat.Users.FindOwn(id) != null) && (room.Public || wanted.Add.Count == 0);
        }

        internal async Task JoinAsync(Guid room, Guid user) => await SaveAsync(room, await node.JoinRoomAsync(room.ToString(), user.ToString()));

        internal async Task LeaveAsync(Guid room, Guid user) => await SaveAsync(room, await node.LeaveRoomAsync(room.ToString(), user.ToString()));

        /// <summary>That they may was seen to.</summary>
        internal async Task UpdateAsync(Conversation room, RoomUpdate wanted)
        {
            if (room.Home == node.Name)
            {
                await SaveAsync(room.Id, await AnnounceAsync(room.Id, wanted));
                return;
            }
            foreach (Guid user in wanted.Add)
            {
                await JoinAsync(room.Id, user);
            }
            foreach (Guid user in wanted.Remove)
            {
                await LeaveAsync(room.Id, user);
            }
        }

        /// <summary>
        /// The node takes the difference between two calls of this chat, and others may have come and gone since the last one: so it is
        /// told first how the room is, and then how it is to be.
        /// </summary>
        private async Task<Receipt> AnnounceAsync(Guid id, RoomUpdate wanted)
        {
            Room room = node.Room(id.ToString()) ?? throw new Web.Refusal(409, "La conversación todavía está saliendo. Probá de nuevo en un momento.");
            List<ExternalId> banned = room.Banned
                .SelectMany(of => of.Value.Users.Select(user => new ExternalId(of.Key, user)))
                .ToList();
            await PublishAsync(room, room.Name, room.MemberIds(), banned);
            List<ExternalId> unbanned = External(wanted.Unban);
            return await PublishAsync(
                room,
                wanted.Name ?? room.Name,
                room.MemberIds().Except(External(wanted.Remove.Concat(wanted.Ban))).Concat(External(wanted.Add)),
                banned.Concat(External(wanted.Ban)).Except(unbanned));
        }

        private Task<Receipt> PublishAsync(Room room, string name, IEnumerable<ExternalId> members, IEnumerable<ExternalId> banned)
        {
            Dictionary<string, Banned> bars = ByPlatform(banned).ToDictionary(of => of.Key, of => Banned.Of(of.Value));
            foreach (KeyValuePair<string, Banned> of in room.Banned.Where(of => of.Value.All))
            {
                bars[of.Key] = of.Value;
            }
            return node.PublishRoomAsync(new NewRoom(room.Id.Id, name, room.Kind)
            {
                Members = ByPlatform(members),
                Banned = bars,
                Avatar = room.Avatar,
                Ext = room.Ext,
            });
        }

        private List<ExternalId> External(IEnumerable<Guid> users) =>
            users.Select(user => node.ExternalId(BindKind.User, user.ToString()) ?? new ExternalId(node.Name, user.ToString())).ToList();

        private static Dictionary<string, IReadOnlyList<string>> ByPlatform(IEnumerable<ExternalId> users) => users
            .GroupBy(user => user.Platform, user => user.Id)
            .ToDictionary(of => of.Key, of => (IReadOnlyList<string>)of.Distinct().ToList());

        private Task SaveAsync(Guid room, Receipt receipt) =>
            importer.SaveRoomAsync(node.ExternalId(BindKind.Room, room.ToString()) ?? new ExternalId(node.Name, room.ToString()), receipt.EventId);
    }
}
