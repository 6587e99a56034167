using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using NetCoreChat.Model;

namespace NetCoreChat.Store
{
    /// <summary>People: those of this app, who can log in, and those of other platforms, who can't.</summary>
    internal sealed class Users
    {
        private readonly Database database;
        private readonly Ids ids;

        internal Users(Database database, Ids ids)
        {
            this.database = database;
            this.ids = ids;
        }

        /// <summary>Those of this app first.</summary>
        internal IReadOnlyList<User> All() => database.Read(now => now.Users.Values
            .Select(Shown)
            .OrderBy(user => user.Platform != ids.Platform)
            .ThenBy(user => user.Platform, StringComparer.Ordinal)
            .ThenBy(user => user.Name, StringComparer.OrdinalIgnoreCase)
            .ToList());

        /// <summary>Those of this app.</summary>
        internal IReadOnlyList<User> Own() => database.Read(now => now.Users.Values.Where(IsOwn).Select(Shown).ToList());

        internal User? Find(Guid id) => database.Read(now => now.Users.TryGetValue(id, out UserRow? row) ? Shown(row) : null);

        /// <summary>A user of this app; nobody of another platform is ever found here.</summary>
        internal User? FindOwn(Guid id) => database.Read(now => now.Users.TryGetValue(id, out UserRow? row) && IsOwn(row) ? Shown(row) : null);

        /// <summary>A new user of this app; null if the name is taken.</summary>
        internal Task<User?> AddAsync(string name) => database.WriteAsync((now, entries) =>
        {
            if (now.IsTaken(name))
            {
                return null;
            }
            var row = new UserRow { Id = Guid.NewGuid(), Name = name };
            entries.Add(new Entry { User = row });
            return Shown(row);
        });

        /// <summary>People of other platforms, as those tell them now; what has not changed is not written.</summary>
        internal Task<int> SaveAsync(IEnumerable<(Guid Id, string External, string Name, bool Active, string? Avatar)> people) => database.WriteAsync((now, entries) =>
        {
            foreach ((Guid id, string external, string name, bool active, string? avatar) in people)
            {
                bool same = now.Users.TryGetValue(id, out UserRow? row) && row.Name == name && row.Active == active && row.Avatar == avatar;
                if (!same)
                {
                    entries.Add(new Entry { User = new UserRow { Id = id, External = external, Name = name, Active = active, Avatar = avatar } });
                }
            }
            return entries.Count;
        });

        // Sessions.

        internal Task AddSessionAsync(string token, Guid user) => database.WriteAsync((_, entries) =>
        {
            entries.Add(new Entry { Session = new SessionRow { Token = token, User = user } });
            return true;
        });

        internal User? OfSession(string token) => database.Read(now =>
            now.Sessions.TryGetValue(token, out SessionRow? session) && now.Users.TryGetValue(session.User, out UserRow? row) && IsOwn(row) ? Shown(row) : null);

        internal Task EndSessionAsync(string token) => database.WriteAsync((now, entries) =>
        {
            if (now.Sessions.TryGetValue(token, out SessionRow? session))
            {
                entries.Add(new Entry { Session = new SessionRow { Token = token, User = session.User, Ended = true } });
            }
            return true;
        });

        private static bool IsOwn(UserRow row) => row.External == null;

        private User Shown(UserRow row) =>
            new User(row.Id, ids.External(row.Id, row.External), row.Name, ids.PlatformOf(row.External), row.Active) { Avatar = row.Avatar };
    }
}
