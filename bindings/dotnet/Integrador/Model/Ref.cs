using System;

namespace Integrador
{
    /// <summary>
    /// A user or a room as a call takes it: by what the application itself calls it (<see cref="Own"/>, or just a string), or by what
    /// everybody does (<see cref="ExternalId"/>). Which of the two it is, its type says, whatever the text looks like.
    /// </summary>
    public abstract class Ref
    {
        private protected Ref()
        {
        }

        /// <summary>An id of the application's own.</summary>
        /// <param name="id">A local id that is <see cref="Node.Bind">bound</see> to an external one, else an own id: 1 to 255 characters.</param>
        /// <returns>The reference.</returns>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public static Ref Own(string id) => new OwnRef(id ?? throw new ArgumentNullException(nameof(id)));

        /// <summary>The same as <see cref="Own"/>: wherever a reference is taken, an id of the application's own can be given.</summary>
        /// <param name="id">A local id that is bound to an external one, else an own id.</param>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public static implicit operator Ref(string id) => Own(id);
    }

    /// <summary>A local id that is bound to an external one, else an id of the application's own.</summary>
    internal sealed class OwnRef : Ref, IEquatable<OwnRef>
    {
        internal OwnRef(string id) => Id = id;

        internal string Id { get; }

        public bool Equals(OwnRef? other) => other != null && Id == other.Id;

        public override bool Equals(object? obj) => Equals(obj as OwnRef);

        public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Id);

        public override string ToString() => Id;
    }
}
