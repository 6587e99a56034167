using System;
using System.Security.Cryptography;
using System.Text;

namespace NetCoreChat.Store
{
    /// <summary>
    /// The chat's own ids and those that all platforms share. Everybody and everything has a <see cref="Guid"/> here, wherever it was
    /// made: what was made here a random one, what was made elsewhere one that is computed from its external id. So it is the same
    /// whenever it is asked for, and no table has to be kept in step with anything.
    /// </summary>
    internal sealed class Ids
    {
        internal Ids(string platform) => Platform = platform;

        /// <summary>The name of this platform.</summary>
        internal string Platform { get; }

        /// <summary>The id of what all platforms know as this.</summary>
        internal Guid Of(string platform, string id)
        {
            // Others may speak of something here that there never was; it gets an id of its own too.
            bool isOwn = platform == Platform && Guid.TryParseExact(id, "D", out Guid own) && own.ToString() == id;
            return isOwn ? Guid.Parse(id) : Computed(platform + ":" + id);
        }

        internal string External(Guid id, string? external) => external ?? Platform + ":" + id;

        /// <summary>The platform that an external id names; without one it is this.</summary>
        internal string PlatformOf(string? external) => external?.Substring(0, external.IndexOf(':', StringComparison.Ordinal)) ?? Platform;

        /// <summary>A UUID of version 8 (RFC 9562), by SHA-256.</summary>
        private static Guid Computed(string text)
        {
            using var sha = SHA256.Create();
            byte[] hash = sha.ComputeHash(Encoding.UTF8.GetBytes(text));
            // The version stands in the highest bits of the third part, of which .NET has the lower byte first.
            hash[7] = (byte)((hash[7] & 0x0f) | 0x80);
            hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
            return new Guid(hash.AsSpan(0, 16));
        }
    }
}
