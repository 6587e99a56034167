using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>Something that the library logs. Never with a token in it.</summary>
    public sealed class LogLine
    {
        internal LogLine(
            LogLineLevel level,
            string target,
            string message,
            IReadOnlyList<KeyValuePair<string, string>> fields,
            DateTimeOffset at,
            Exception? exception)
        {
            Level = level;
            Target = target;
            Message = message;
            Fields = fields;
            At = at;
            Exception = exception;
        }

        /// <summary>How grave it is.</summary>
        public LogLineLevel Level { get; }

        /// <summary>Where it comes from, such as <c>integrador::outbox</c>.</summary>
        public string Target { get; }

        /// <summary>What it says, such as <c>it is down: connection refused (platform=GWT_CHAT)</c>.</summary>
        public string Message { get; }

        /// <summary>What stands in parentheses there, by its names, such as <c>platform</c>: for logs that keep it apart.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> Fields { get; }

        /// <summary>When.</summary>
        public DateTimeOffset At { get; }

        /// <summary>What a handler of the application threw; else null.</summary>
        public Exception? Exception { get; }

        /// <summary>Level, target and message in one line.</summary>
        /// <returns>Such as <c>Warn integrador::outbox: it is down</c>.</returns>
        public override string ToString() => $"{Level} {Target}: {Message}";
    }
}
