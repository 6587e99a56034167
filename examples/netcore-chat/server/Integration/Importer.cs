using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador;
using NetCoreChat.Live;

namespace NetCoreChat.Integration
{
    /// <summary>
    /// Stores what the node knows of others: people, rooms, how far messages have come. All of it can be done again: what it says is
    /// how things are now.
    /// <para>What is stored is bound to its own id first, so that all that this chat says to the node later is in ids of its own.</para>
    /// </summary>
    internal sealed class Importer : IDisposable
    {
        /// <summary>Of so many messages that are on their way, the latest, the node is asked at a start, or when many are dead at once.</summary>
        private const int All = 10_000;

        private readonly Chat chat;
        private readonly Node node;
        private readonly Pages pages;
        private readonly SemaphoreSlim turn = new SemaphoreSlim(1);

        public Importer(Chat chat, Node node, Pages pages)
        {
            this.chat = chat;
            this.node = node;
            this.pages = pages;
        }

        /// <summary>The chat's own id of a user or a room.</summary>
        internal Guid IdOf(ExternalId external) => chat.Ids.Of(external.Platform, external.Id);

        /// <summary>Takes over what the end of the last run may have swallowed.</summary>
        internal async Task CatchUpAsync()
        {
            await SaveUsersAsync(node.Users());
            foreach (Room room in node.Rooms())
            {
                await SaveRoomAsync(room.Id);
            }
            await RereadTicksAsync();
        }

        internal async Task SaveUsersAsync(IReadOnlyList<User> users)
        {
            List<User> others = users.Where(user => user.Id.Platform != node.Name).ToList();
            foreach (User user in others)
            {
                await BindAsync(BindKind.User, user.Id);
            }
            await chat.Users.SaveAsync(others.Select(user => (IdOf(user.Id), user.Id.ToString(), user.Name, user.Active, user.Avatar)));
        }

        /// <summary>
        /// A room as it is now; who was dropped from it learns that too. Whoever joins is handled by another thread than what comes: so
        /// one at a time asks the node, or the members of a moment ago would be stored over those of now.
        /// </summary>
        /// <param name="external">Which room.</param>
        /// <param name="e">The announcement that changed it, if that is known.</param>
        internal async Task<Guid> SaveRoomAsync(ExternalId external, Guid? e = null)
        {
            await turn.WaitAsync();
            try
            {
                Room room = node.Room(external) ?? throw new InvalidOperationException($"the room {external} is not known");
                Guid id = IdOf(room.Id);
                bool isOwn = room.Id.Platform == node.Name;
                if (!isOwn)
                {
                    await BindAsync(BindKind.Room, room.Id);
                }
                var row = new Store.ConversationRow
                {
                    Id = id,
                    External = isOwn ? null : room.Id.ToString(),
                    Name = room.Name,
                    Public = room.Kind == RoomKind.Public,
                    Members = room.MemberIds().Select(IdOf).Distinct().ToList(),
                    Banned = room.Banned.SelectMany(Barred).ToList(),
                    Avatar = room.Avatar,
                };
                if (await chat.Conversations.SaveAsync(row, e) is IReadOnlyList<long> notices)
                {
                    await pages.ShowConversationAsync(id);
                    foreach (long notice in notices)
                    {
                        await pages.ShowMessageAsync(notice);
                    }
                }
                return id;
            }
            finally
            {
                turn.Release();
            }
        }

        private IEnumerable<string> Barred(KeyValuePair<string, Banned> of) =>
            of.Value.All ? new[] { of.Key + ":*" } : of.Value.Users.Select(user => IdOf(new ExternalId(of.Key, user)).ToString());

        private Task BindAsync(BindKind kind, ExternalId external) =>
            node.LocalId(kind, external) == null ? node.BindAsync(kind, external, IdOf(external).ToString()) : Task.CompletedTask;

        /// <summary>Deliveries are told as hints; what the node answers here is certain.</summary>
        internal async Task RereadTicksAsync(int limit = All)
        {
            foreach (Guid e in chat.Messages.OnTheirWay(limit).Concat(chat.Changes.OnTheirWay(limit)))
            {
                await RereadTicksAsync(e);
            }
        }

        internal async Task RereadTicksAsync(Guid e)
        {
            IReadOnlyList<Delivery> deliveries = await node.GetDeliveryAsync(e);
            await SaveTicksAsync(e, deliveries.Select(delivery => Tick(delivery.Platform, delivery.State, delivery.Why)).ToList(), reread: true);
        }

        internal Task SaveTickAsync(DeliveryChange change) =>
            SaveTicksAsync(change.Publication, new[] { Tick(change.Platform, change.State, change.Why) }, reread: false);

        private async Task SaveTicksAsync(Guid e, IReadOnlyList<Model.Tick> ticks, bool reread)
        {
            if ((await chat.Messages.TickAsync(e, ticks, reread) ?? await chat.Changes.TickAsync(e, ticks, reread)) is long message)
            {
                await pages.ShowTicksAsync(message);
            }
        }

        private static Model.Tick Tick(string platform, DeliveryState state, string? why) =>
            new Model.Tick { Platform = platform, State = state.ToString().ToLowerInvariant(), Why = why };

        public void Dispose() => turn.Dispose();
    }
}
