using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using Microsoft.Extensions.Logging;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>What was logged.</summary>
    internal sealed class Line
    {
        internal Line(string category, LogLevel level, string text, IReadOnlyList<KeyValuePair<string, object?>> state, Exception? exception)
        {
            Category = category;
            Level = level;
            Text = text;
            State = state;
            Exception = exception;
        }

        internal string Category { get; }

        internal LogLevel Level { get; }

        internal string Text { get; }

        internal IReadOnlyList<KeyValuePair<string, object?>> State { get; }

        internal Exception? Exception { get; }

        public override string ToString() => $"{Level} {Category}: {Text} {string.Join(" ", State)} {Exception}";
    }

    /// <summary>Keeps what is logged. It may be made slow, or fail.</summary>
    internal sealed class Lines : ILoggerProvider
    {
        private readonly ConcurrentQueue<Line> all = new ConcurrentQueue<Line>();

        /// <summary>Called with each line before it is kept.</summary>
        internal Action<Line> Before { get; set; } = _ => { };

        internal IReadOnlyList<Line> All => all.ToList();

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger : ILogger
        {
            private readonly Lines lines;
            private readonly string category;

            internal Logger(Lines lines, string category)
            {
                this.lines = lines;
                this.category = category;
            }

#pragma warning disable CS8633, CS8767 // Its annotations differ between the frameworks.
            public IDisposable BeginScope<TState>(TState state) => new Nothing();

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var fields = state as IReadOnlyList<KeyValuePair<string, object?>> ?? Array.Empty<KeyValuePair<string, object?>>();
                var line = new Line(category, logLevel, formatter(state, exception), fields, exception);
                lines.Before(line);
                lines.all.Enqueue(line);
            }
#pragma warning restore CS8633, CS8767
        }

        private sealed class Nothing : IDisposable
        {
            public void Dispose()
            {
            }
        }
    }
}
