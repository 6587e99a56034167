using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using NetCoreChat.Store;

namespace NetCoreChat
{
    /// <summary>An ordinary chat: what it stores. It knows nothing of other platforms, but that there can be any.</summary>
    internal sealed class Chat : IDisposable
    {
        private readonly Database database;

        private Chat(Database database, string platform)
        {
            this.database = database;
            Ids = new Ids(platform);
            Users = new Users(database, Ids);
            Conversations = new Conversations(database, Ids);
            Messages = new Messages(database, Ids);
            Changes = new Changes(database, Ids);
        }

        internal Ids Ids { get; }

        internal Users Users { get; }

        internal Conversations Conversations { get; }

        internal Messages Messages { get; }

        internal Changes Changes { get; }

        /// <summary>Opens it; a new one begins with these users and a public room.</summary>
        /// <param name="folder">Where its data is.</param>
        /// <param name="platform">The name of this platform.</param>
        /// <param name="names">The users that a new chat begins with.</param>
        /// <param name="say">Is told what somebody who reads the log should know.</param>
        internal static async Task<Chat> OpenAsync(string folder, string platform, IReadOnlyList<string> names, Action<string> say)
        {
            Database database = Database.Open(folder, say);
            try
            {
                await BeginAsync(database, platform, names);
                return new Chat(database, platform);
            }
            catch
            {
                database.Dispose();
                throw;
            }
        }

        private static Task BeginAsync(Database database, string platform, IReadOnlyList<string> names) => database.WriteAsync((now, entries) =>
        {
            if (now.Users.Count == 0 && now.InOrder.Count == 0)
            {
                entries.AddRange(names.Select(name => new Entry { User = new UserRow { Id = Guid.NewGuid(), Name = name } }));
                entries.Add(new Entry { Conversation = new ConversationRow { Id = Guid.NewGuid(), Name = "Plaza de " + platform, Public = true } });
            }
            return true;
        });

        public void Dispose() => database.Dispose();
    }
}
