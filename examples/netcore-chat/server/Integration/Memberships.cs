using System;
using System.Threading.Tasks;
using Integrador;

namespace NetCoreChat.Integration
{
    /// <summary>Joining and leaving rooms, whichever platform they are of. The node translates the ids: they are bound.</summary>
    internal sealed class Memberships
    {
        private readonly Node node;
        private readonly Importer importer;

        public Memberships(Node node, Importer importer)
        {
            this.node = node;
            this.importer = importer;
        }

        internal async Task JoinAsync(Guid room, Guid user)
        {
            await node.JoinRoomAsync(room.ToString(), user.ToString());
            await HasChangedAsync(room);
        }

        internal async Task LeaveAsync(Guid room, Guid user)
        {
            await node.LeaveRoomAsync(room.ToString(), user.ToString());
            await HasChangedAsync(room);
        }

        /// <summary>The node has it on disk already; should the process die here, the next start takes it over.</summary>
        private async Task HasChangedAsync(Guid room)
        {
            if (node.Room(room.ToString()) is Room now)
            {
                await importer.SaveRoomAsync(now);
            }
        }
    }
}
