using System;
using System.Collections.Generic;
using System.Linq;

namespace Integrador
{
    /// <summary>Whom of one platform a room's origin bars from it: they can't be members, and what they write there is refused.</summary>
    public sealed class Banned
    {
        private Banned(bool all, IReadOnlyList<string> users)
        {
            All = all;
            Users = users;
        }

        /// <summary>All users of the platform.</summary>
        public static Banned Everybody { get; } = new Banned(true, Array.Empty<string>());

        /// <summary>Whether all users of the platform are barred.</summary>
        public bool All { get; }

        /// <summary>The ids of those who are barred; empty where all are.</summary>
        public IReadOnlyList<string> Users { get; }

        /// <summary>Some users.</summary>
        /// <param name="users">Their ids.</param>
        /// <returns>Who is barred.</returns>
        /// <exception cref="ArgumentNullException">The list or an id is null.</exception>
        public static Banned Of(params string[] users) => Of((IEnumerable<string>)users);

        /// <summary>Some users.</summary>
        /// <param name="users">Their ids.</param>
        /// <returns>Who is barred.</returns>
        /// <exception cref="ArgumentNullException">The list or an id is null.</exception>
        public static Banned Of(IEnumerable<string> users)
        {
            _ = users ?? throw new ArgumentNullException(nameof(users));
            return new Banned(false, users.Select(id => id ?? throw new ArgumentNullException(nameof(users))).ToArray());
        }
    }
}
