using System;

namespace Integrador
{
    /// <summary>A user of any platform.</summary>
    public sealed class User
    {
        /// <summary>Made by a node; or by a test of the application.</summary>
        /// <param name="id">As the property says.</param>
        /// <param name="name">As the property says.</param>
        /// <param name="active">As the property says.</param>
        /// <param name="avatar">As the property says.</param>
        /// <param name="ext">As the property says.</param>
        public User(ExternalId id, string name, bool active, string? avatar = null, Ext? ext = null)
        {
            Id = id ?? throw new ArgumentNullException(nameof(id));
            Name = name ?? throw new ArgumentNullException(nameof(name));
            Active = active;
            Avatar = avatar;
            Ext = ext;
        }

        /// <summary>The external id.</summary>
        public ExternalId Id { get; }

        /// <summary>The name to show.</summary>
        public string Name { get; }

        /// <summary>False when its platform no longer lists it; kept for what it wrote.</summary>
        public bool Active { get; }

        /// <summary>The URL of a picture to show (http or https), or null.</summary>
        public string? Avatar { get; }

        /// <summary>What its application carries beyond that, or null.</summary>
        public Ext? Ext { get; }
    }
}
