using System;

namespace NetCoreChat.Model
{
    /// <summary>Anybody, of whichever platform.</summary>
    public sealed class User
    {
        public User(Guid id, string external, string name, string platform, bool active)
        {
            Id = id;
            External = external;
            Name = name;
            Platform = platform;
            Active = active;
        }

        /// <summary>The chat's own id, whichever platform it is of.</summary>
        public Guid Id { get; }

        /// <summary>The id by which all platforms know this person.</summary>
        public string External { get; }

        public string Name { get; }

        public string Platform { get; }

        /// <summary>False: its platform no longer lists it; shown where it wrote, offered nowhere.</summary>
        public bool Active { get; }

        /// <summary>The address of their picture.</summary>
        public string? Avatar { get; internal set; }
    }
}
