    /// <summary>Rust panicked, or could not take an argument. The library can still be used.</summary>
    {{ visibility }} sealed class RustPanicException : Exception
    {
        internal RustPanicException(string message)
            : base(message)
        {
        }
    }

    /// <summary>The native library is not the one that this code was generated for.</summary>
    {{ visibility }} sealed class RustLibraryException : Exception
    {
        internal RustLibraryException(string problem, Exception? cause = null)
            : base(
                $"The native library '{RustLibrary.Name}' does not fit this program. {problem} "
                + "Both have to come from the same build: generate the C# from this library anew, or install the library that it was generated from.",
                cause)
        {
        }
    }

    /// <summary>The native library, looked at once before the first call.</summary>
    internal static class RustLibrary
    {
        internal const string Name = "{{ library }}";
        private const uint ContractVersion = {{ contract_version }};

        private static volatile bool fits;

        internal static void Check()
        {
            if (!fits)
            {
                CheckOnce();
                fits = true;
            }
        }

        private static void CheckOnce()
        {
            var version = Called("{{ contract_function }}", () => NativeMethods.{{ contract_function }}());
            if (version != ContractVersion)
            {
                throw new RustLibraryException($"It speaks version {version} of UniFFI's contract, and this program version {ContractVersion}.");
            }
{%- for (function, checksum) in checksums %}
            Compare("{{ function }}", () => NativeMethods.{{ function }}(), {{ checksum }});
{%- endfor %}
        }

        /// <summary>Compares what a function is in the library with what it was when this was generated.</summary>
        private static void Compare(string function, Func<ushort> checksum, ushort expected)
        {
            var found = Called(function, checksum);
            if (found != expected)
            {
                throw new RustLibraryException($"{function} is {found} and should be {expected}: what it stands for has changed.");
            }
        }

        private static T Called<T>(string function, Func<T> call)
        {
            try
            {
                return call();
            }
            catch (EntryPointNotFoundException e)
            {
                throw new RustLibraryException($"It has no function {function}.", e);
            }
        }
    }

    /// <summary>
    /// A reference to an object in Rust, counted: it is given up when it has been disposed and no call takes it any more, or by the
    /// finalizer of what it derives from.
    /// </summary>
    internal abstract class RustHandle : SafeHandle
    {
        // Not in the base's field, which has 32 bits on some machines.
        private readonly ulong value;

        protected RustHandle(ulong value)
            : base(IntPtr.Zero, ownsHandle: true) => this.value = value;

        public override bool IsInvalid => value == 0;

        /// <summary>Another reference, for Rust to keep: each call takes one.</summary>
        /// <exception cref="ObjectDisposedException">It has been disposed.</exception>
        internal ulong Clone(string owner)
        {
            var held = false;
            try
            {
                DangerousAddRef(ref held);
                var status = default(RustCallStatus);
                var clone = CloneReference(value, ref status);
                status.Check();
                return clone;
            }
            catch (ObjectDisposedException) when (!held)
            {
                throw new ObjectDisposedException(owner);
            }
            finally
            {
                if (held)
                {
                    DangerousRelease();
                }
            }
        }

        protected abstract ulong CloneReference(ulong reference, ref RustCallStatus status);

        protected abstract void FreeReference(ulong reference, ref RustCallStatus status);

        protected override bool ReleaseHandle()
        {
            var status = default(RustCallStatus);
            FreeReference(value, ref status);
            return status.Succeeded;
        }
    }

    /// <summary>Equality, hash and text of what is made of several values.</summary>
    internal static class RustValues
    {
        internal static bool Equal(byte[]? left, byte[]? right)
        {
            if (left is null || right is null || left.Length != right.Length)
            {
                return left is null && right is null;
            }
            for (var i = 0; i < left.Length; i++)
            {
                if (left[i] != right[i])
                {
                    return false;
                }
            }
            return true;
        }

        internal static bool Equal<T>(IReadOnlyList<T>? left, IReadOnlyList<T>? right, Func<T, T, bool> equal)
        {
            if (left is null || right is null || left.Count != right.Count)
            {
                return left is null && right is null;
            }
            for (var i = 0; i < left.Count; i++)
            {
                if (!equal(left[i], right[i]))
                {
                    return false;
                }
            }
            return true;
        }

        internal static bool Equal<TKey, T>(IReadOnlyDictionary<TKey, T>? left, IReadOnlyDictionary<TKey, T>? right, Func<T, T, bool> equal)
            where TKey : notnull
        {
            if (left is null || right is null || left.Count != right.Count)
            {
                return left is null && right is null;
            }
            foreach (var entry in left)
            {
                if (!right.TryGetValue(entry.Key, out var other) || !equal(entry.Value, other))
                {
                    return false;
                }
            }
            return true;
        }

        internal static int Hash(byte[]? bytes)
        {
            var hash = 17;
            foreach (var item in bytes ?? Array.Empty<byte>())
            {
                hash = unchecked((hash * 31) + item);
            }
            return hash;
        }

        internal static int Hash<T>(IReadOnlyList<T>? items, Func<T, int> hashOf)
        {
            var hash = 17;
            for (var i = 0; i < (items?.Count ?? 0); i++)
            {
                hash = unchecked((hash * 31) + hashOf(items![i]));
            }
            return hash;
        }

        /// <summary>The same in whatever order the entries come.</summary>
        internal static int Hash<TKey, T>(IReadOnlyDictionary<TKey, T>? map, Func<T, int> hashOf)
            where TKey : notnull
        {
            var hash = 17;
            if (map != null)
            {
                foreach (var entry in map)
                {
                    hash ^= unchecked((entry.Key.GetHashCode() * 31) + hashOf(entry.Value));
                }
            }
            return hash;
        }

        internal static string Text(byte[]? bytes) => bytes is null ? string.Empty : $"{bytes.Length} bytes";

        internal static string Text(IEnumerable? items)
        {
            var text = new StringBuilder("[");
            foreach (var item in items ?? Array.Empty<object>())
            {
                text.Append(text.Length > 1 ? ", " : string.Empty);
                text.Append(item is byte[] bytes ? Text(bytes) : item is string || !(item is IEnumerable nested) ? FormattableString.Invariant($"{item}") : Text(nested));
            }
            return text.Append(']').ToString();
        }
    }
