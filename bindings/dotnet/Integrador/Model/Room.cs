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
        public Room(ExternalId id, string name, RoomKind kind, IReadOnlyDictionary<string, IReadOnlyList<string>> members)
        {
            Id = id ?? throw new ArgumentNullException(nameof(id));
            Name = name ?? throw new ArgumentNullException(nameof(name));
            Kind = kind;
            Members = members ?? throw new ArgumentNullException(nameof(members));
        }

        /// <summary>The external id.</summary>
        public ExternalId Id { get; }

        /// <summary>The name to show; may be empty.</summary>
        public string Name { get; }

        /// <summary>Private or public.</summary>
        public RoomKind Kind { get; }

        /// <summary>The ids of the members, by platform, in the order in which they were announced.</summary>
        public IReadOnlyDictionary<string, IReadOnlyList<string>> Members { get; }

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
