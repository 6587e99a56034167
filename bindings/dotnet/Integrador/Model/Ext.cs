using System;
#if !NETSTANDARD
using System.Text.Json;
#endif
using Integrador.Internal;

namespace Integrador
{
    /// <summary>
    /// What an application carries beyond the protocol with a user, a room, a message or an edit: a JSON object of at most 4 KiB, not
    /// more than 32 deep, which every application gets as it was given. Two are equal when their JSON is.
    /// <para>It is made of JSON and read as JSON, by whatever library the application has for that. Where .NET has one itself, which
    /// .NET Standard has not, it is made of any value too, and read as one: <c>Ext.Of(new { mood = "happy" })</c>,
    /// <c>ext.Read&lt;Mine&gt;()</c>.</para>
    /// </summary>
    public sealed class Ext : IEquatable<Ext>
    {
        internal Ext(string json) => Json = json;

        /// <summary>Its JSON: one line, with nothing between its parts.</summary>
        public string Json { get; }

        /// <summary>Of its JSON. Blanks and needless escapes in it go; numbers and the order of the fields stay as they are.</summary>
        /// <param name="json">A JSON object.</param>
        /// <returns>What is to be carried.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>: it is no JSON object, or one that is too long or too deep.
        /// </exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public static Ext Parse(string json)
        {
            string given = Given.Text(json, nameof(json));
            return Failures.Do(() => new Ext(Native.IntegradorFfi.ExtOf(given)));
        }

#if !NETSTANDARD
        /// <summary>Of whatever <see cref="JsonSerializer"/> makes a JSON object of: a class, a dictionary, an anonymous type.</summary>
        /// <typeparam name="T">Its type.</typeparam>
        /// <param name="value">The value.</param>
        /// <param name="options">How it becomes JSON; null: as .NET does it by default.</param>
        /// <returns>What is to be carried.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>: it becomes no JSON object, or one that is too long or too deep.
        /// </exception>
        public static Ext Of<T>(T value, JsonSerializerOptions? options = null)
        {
            try
            {
                return Parse(JsonSerializer.Serialize(value, options));
            }
            catch (Exception e) when (e is JsonException || e is NotSupportedException)
            {
                throw Failures.Invalid("ext", "expected what becomes a JSON object: " + e.Message);
            }
        }

        /// <summary>Its value as a type of the application's, or as a <see cref="JsonElement"/>.</summary>
        /// <typeparam name="T">The type.</typeparam>
        /// <param name="options">How it is read; null: as .NET does it by default.</param>
        /// <returns>The value.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Invalid"/>: it does not fit the type.</exception>
        public T Read<T>(JsonSerializerOptions? options = null)
        {
            try
            {
                return JsonSerializer.Deserialize<T>(Json, options)!;
            }
            catch (Exception e) when (e is JsonException || e is NotSupportedException)
            {
                throw Failures.Invalid("ext", "it is another object than this: " + e.Message);
            }
        }
#endif

        /// <summary>Whether both are the same.</summary>
        /// <param name="left">One, or null.</param>
        /// <param name="right">The other, or null.</param>
        public static bool operator ==(Ext? left, Ext? right) => Equals(left, right);

        /// <summary>Whether the two differ.</summary>
        /// <param name="left">One, or null.</param>
        /// <param name="right">The other, or null.</param>
        public static bool operator !=(Ext? left, Ext? right) => !Equals(left, right);

        /// <inheritdoc/>
        public bool Equals(Ext? other) => !(other is null) && Json == other.Json;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Ext);

        /// <inheritdoc/>
        public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Json);

        /// <summary>Its JSON.</summary>
        /// <returns>As <see cref="Json"/>.</returns>
        public override string ToString() => Json;
    }
}
