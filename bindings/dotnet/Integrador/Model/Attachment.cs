using System;

namespace Integrador
{
    /// <summary>Something that goes with a message: by its <see cref="Url"/>, or inline as <see cref="Data"/>.</summary>
    public sealed class Attachment
    {
        /// <summary>Of its parts; <see cref="Link"/> and <see cref="Inline"/> are simpler.</summary>
        /// <param name="kind">Image, audio or file.</param>
        /// <param name="url">Where it can be fetched (http or https), or null.</param>
        /// <param name="data">The bytes, or null; they are not copied, so let them be.</param>
        /// <param name="mime">The media type (RFC 6838), or null.</param>
        /// <param name="name">The file's name, or null.</param>
        /// <param name="size">The size in bytes, at least 0, or null.</param>
        public Attachment(AttachmentKind kind, string? url, byte[]? data, string? mime, string? name, long? size)
        {
            Kind = kind;
            Url = url;
            Data = data;
            Mime = mime;
            Name = name;
            Size = size;
        }

        /// <summary>Image, audio or file.</summary>
        public AttachmentKind Kind { get; }

        /// <summary>Where it can be fetched (http or https), or null.</summary>
        public string? Url { get; }

        /// <summary>The bytes, or null.</summary>
        public byte[]? Data { get; }

        /// <summary>The media type (RFC 6838), or null.</summary>
        public string? Mime { get; }

        /// <summary>The file's name, or null.</summary>
        public string? Name { get; }

        /// <summary>The size in bytes, or null.</summary>
        public long? Size { get; }

        /// <summary>One that can be fetched.</summary>
        /// <param name="kind">Image, audio or file.</param>
        /// <param name="url">Where it can be fetched (http or https).</param>
        /// <returns>The attachment.</returns>
        /// <exception cref="ArgumentNullException">The URL is null.</exception>
        public static Attachment Link(AttachmentKind kind, string url) =>
            new Attachment(kind, url ?? throw new ArgumentNullException(nameof(url)), null, null, null, null);

        /// <summary>One that is sent along.</summary>
        /// <param name="kind">Image, audio or file.</param>
        /// <param name="data">The bytes; how many may be sent says <c>limits.body</c>.</param>
        /// <param name="mime">The media type (RFC 6838).</param>
        /// <param name="name">The file's name, or null.</param>
        /// <returns>The attachment.</returns>
        /// <exception cref="ArgumentNullException">The bytes or the media type are null.</exception>
        public static Attachment Inline(AttachmentKind kind, byte[] data, string mime, string? name = null) =>
            new Attachment(
                kind,
                null,
                data ?? throw new ArgumentNullException(nameof(data)),
                mime ?? throw new ArgumentNullException(nameof(mime)),
                name,
                data.Length);

        /// <summary>What it is, without its bytes.</summary>
        /// <returns>That.</returns>
        public override string ToString() =>
            $"Attachment {Kind} {Name ?? Url ?? Mime} ({(Data == null ? "by its URL" : Data.Length + " bytes")})";
    }
}
