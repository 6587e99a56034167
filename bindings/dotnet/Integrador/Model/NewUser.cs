using System;

namespace Integrador
{
    /// <summary>
    /// One of the application's own users, to publish: <c>new NewUser("3", "Ana") { Avatar = "https://example.org/ana.png" }</c>.
    /// </summary>
    public sealed class NewUser
    {
        /// <summary>A user.</summary>
        /// <param name="id">What the application calls it, 1 to 255 characters.</param>
        /// <param name="name">The name to show, at most 255 characters.</param>
        /// <exception cref="ArgumentNullException">One of them is null.</exception>
        public NewUser(string id, string name)
        {
            Id = id ?? throw new ArgumentNullException(nameof(id));
            Name = name ?? throw new ArgumentNullException(nameof(name));
        }

        /// <summary>What the application calls it.</summary>
        public string Id { get; }

        /// <summary>The name to show.</summary>
        public string Name { get; }

        /// <summary>The URL of a picture to show: http or https, at most 2,048 characters. Null, the default: it has none.</summary>
        public string? Avatar { get; set; }

        /// <summary>What the application carries beyond that. Null, the default: nothing.</summary>
        public Ext? Ext { get; set; }
    }
}
