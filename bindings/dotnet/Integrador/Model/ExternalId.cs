using System;
#if !NETSTANDARD2_0
using System.Diagnostics.CodeAnalysis;
#endif
using Integrador.Internal;

namespace Integrador
{
    /// <summary>A user or a room as every platform can name it, such as <c>BuasApp:4</c>. Two are equal when both parts are.</summary>
    public sealed class ExternalId : Ref, IEquatable<ExternalId>
    {
        /// <summary>Of its parts.</summary>
        /// <param name="platform">The platform on which it was created, spelled as the registry does.</param>
        /// <param name="id">Its id there.</param>
        /// <exception cref="ArgumentNullException">One of them is null.</exception>
        public ExternalId(string platform, string id)
        {
            Platform = platform ?? throw new ArgumentNullException(nameof(platform));
            Id = id ?? throw new ArgumentNullException(nameof(id));
        }

        /// <summary>The platform on which it was created, spelled as the registry does.</summary>
        public string Platform { get; }

        /// <summary>Its id there.</summary>
        public string Id { get; }

        /// <summary>From its text, such as one that was stored.</summary>
        /// <param name="text">What <see cref="ToString"/> returned.</param>
        /// <returns>The id.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>, unless a name that a platform can have, a colon and something more stand there.
        /// </exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public static ExternalId Parse(string text)
        {
            string given = Given.Text(text, nameof(text));
            return Failures.Do(() => Shown.External(Native.IntegradorFfi.ExternalIdParts(given)));
        }

        /// <summary>The same without an exception.</summary>
        /// <param name="text">What <see cref="ToString"/> returned, perhaps.</param>
        /// <param name="id">The id, if it is one; else null.</param>
        /// <returns>Whether it is one.</returns>
#if NETSTANDARD2_0
        public static bool TryParse(string? text, out ExternalId? id)
#else
        public static bool TryParse(string? text, [NotNullWhen(true)] out ExternalId? id)
#endif
        {
            try
            {
                id = text == null ? null : Parse(text);
            }
            catch (IntegradorException e) when (e.Kind == ErrorKind.Invalid)
            {
                id = null;
            }
            return id != null;
        }

        /// <summary>Whether both are the same id.</summary>
        /// <param name="left">One, or null.</param>
        /// <param name="right">The other, or null.</param>
        public static bool operator ==(ExternalId? left, ExternalId? right) => Equals(left, right);

        /// <summary>Whether the two differ.</summary>
        /// <param name="left">One, or null.</param>
        /// <param name="right">The other, or null.</param>
        public static bool operator !=(ExternalId? left, ExternalId? right) => !Equals(left, right);

        /// <inheritdoc/>
        public bool Equals(ExternalId? other) => !(other is null) && Platform == other.Platform && Id == other.Id;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as ExternalId);

        /// <inheritdoc/>
        public override int GetHashCode() =>
            unchecked((StringComparer.Ordinal.GetHashCode(Platform) * 31) + StringComparer.Ordinal.GetHashCode(Id));

        /// <summary>Its text.</summary>
        /// <returns>Such as <c>BuasApp:4</c>.</returns>
        public override string ToString() => Platform + ":" + Id;
    }
}
