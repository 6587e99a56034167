using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>A room of any platform, with its members as they are now.</summary>
    public sealed class Room
    {
        /// <summary>Made by a node; or by a test of the application.</summary>
        /// <param name="id">As the property says.</param>
        /// <param name="name">As the property says.</param>
        /// <param name="kind">As the property says.</param>
        /// <param name="members">As the property says.</param>
        /// <param name="banned">As the property says; null: nobody.</param>
        /// <param name="avatar">As the property says.</param>
        /// <param name="ext">As the property says.</param>
        public Room(
            ExternalId id,
            string name,
            RoomKind kind,
            IReadOnlyDictionary<string, IReadOnlyList<string>> members,
            IReadOnlyDictionary<string, Banned>? banned = null,
            string? avatar = null,
            Ext? ext = null)
        {
            Id = id ?? throw new ArgumentNullException(nameof(id));
            Name = name ?? throw new ArgumentNullException(nameof(name));
            Kind = kind;
            Members = members ?? throw new ArgumentNullException(nameof(members));
            Banned = banned ?? new Dictionary<string, Banned>();
            Avatar = avatar;
            Ext = ext;
        }

        /// <summary>The external id.</summary>
        public ExternalId Id { get; }

        /// <summary>The name to show; may be empty.</summary>
        public string Name { get; }

        /// <summary>Private or public.</summary>
        public RoomKind Kind { get; }

        /// <summary>The ids of the members, by platform, in the order in which they were announced.</summary>
        public IReadOnlyDictionary<string, IReadOnlyList<string>> Members { get; }

        /// <summary>Whom its origin bars from it, by platform.</summary>
        public IReadOnlyDictionary<string, Banned> Banned { get; }

        /// <summary>The URL of a picture to show (http or https), or null.</summary>
        public string? Avatar { get; }

        /// <summary>What its application carries beyond that, or null.</summary>
        public Ext? Ext { get; }

        /// <summary>The external ids of all members, platform by platform.</summary>
        /// <returns>The ids; empty when nobody is listed.</returns>
        public IReadOnlyList<ExternalId> MemberIds()
        {
            var all = new List<ExternalId>();
            foreach (KeyValuePair<string, IReadOnlyList<string>> of in Members)
            {
                foreach (string id in of.Value)
                {
                    all.Add(new ExternalId(of.Key, id));
                }
            }
            return all;
        }
    }
}
