using System;

namespace Integrador
{
    /// <summary>
    /// What every operation throws when something is wrong: as data its <see cref="Kind"/>, and as a sentence for people what was
    /// wrong, where, and what to do. No message holds a token.
    /// </summary>
    public sealed class IntegradorException : Exception
    {
        /// <summary>An exception.</summary>
        /// <param name="kind">What went wrong.</param>
        /// <param name="message">The same for people.</param>
        /// <param name="field">The argument in error, or null.</param>
        /// <param name="isRetryable">Whether the same call may succeed later without anything being fixed.</param>
        /// <param name="innerException">What is behind it, or null.</param>
        public IntegradorException(
            ErrorKind kind, string message, string? field = null, bool isRetryable = false, Exception? innerException = null)
            : base(message, innerException)
        {
            Kind = kind;
            Field = field;
            IsRetryable = isRetryable;
        }

        /// <summary>What went wrong, to branch on.</summary>
        public ErrorKind Kind { get; }

        /// <summary>The argument or field in error, such as <c>attachments[1].url</c>; null where there is none.</summary>
        public string? Field { get; }

        /// <summary>Whether the same call may succeed later without anything being fixed.</summary>
        public bool IsRetryable { get; }
    }
}
