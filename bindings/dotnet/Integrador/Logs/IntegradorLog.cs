using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Integrador.Internal;
using Integrador.Native;

namespace Integrador
{
    /// <summary>
    /// What the library logs, for the application's own log. Without a sink nothing is kept, and what is below the level that was
    /// asked for costs next to nothing.
    /// </summary>
    public static class IntegradorLog
    {
        private static readonly object Gate = new object();
        private static readonly object Calling = new object();
        private static volatile Sink? current;
        private static Thread? thread;

        /// <summary>
        /// From now on this gets each line, one at a time, on a thread of the library's: let it return soon. At most 10,000 lines wait
        /// for it; what is beyond that is counted, and the count is a line. What it throws is dropped.
        /// </summary>
        /// <param name="sink">What gets them, in the place of the one before; null: nothing is logged any more.</param>
        /// <param name="least">What is less grave is not kept.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Config"/>: the native library can't be loaded.</exception>
        public static void SetSink(Action<LogLine>? sink, LogLineLevel least = LogLineLevel.Info)
        {
            lock (Gate)
            {
                Failures.Do(() => IntegradorFfi.KeepLogs(sink == null ? (LogLevel?)null : Level(least)));
                current = sink == null ? null : new Sink(sink, least);
                if (sink == null)
                {
                    IntegradorFfi.EndLogs();
                    return;
                }
                IntegradorFfi.BeginLogs();
                if (thread == null)
                {
                    thread = new Thread(Work) { IsBackground = true, Name = "integrador-logs" };
                    thread.Start();
                }
            }
        }

        /// <summary>What this package has to say itself.</summary>
        internal static void Write(LogLineLevel level, string message, Exception? exception = null) =>
            Write(new LogLine(
                level, "integrador::dotnet", message, Array.Empty<KeyValuePair<string, string>>(), DateTimeOffset.UtcNow, exception));

        private static void Write(LogLine line)
        {
            Sink? sink = current;
            if (sink == null || line.Level < sink.Least)
            {
                return;
            }
            try
            {
                lock (Calling)
                {
                    sink.Call(line);
                }
            }
            catch (Exception)
            {
                // What logs is the application's: its failure must not end the events.
            }
        }

        private static void Work()
        {
            while (true)
            {
                lock (Gate)
                {
                    if (current == null)
                    {
                        thread = null;
                        return;
                    }
                }
                LogRecords taken = IntegradorFfi.TakeLogs(null);
                foreach (LogRecord record in taken.Records)
                {
                    Write(new LogLine(
                        Level(record.Level),
                        record.Target,
                        record.Message,
                        record.Fields.Select(of => new KeyValuePair<string, string>(of.Name, of.Value)).ToList(),
                        record.At,
                        null));
                }
                if (taken.Lost > 0)
                {
                    Write(LogLineLevel.Warn, taken.Lost + " log records were lost: they came faster than they were taken");
                }
            }
        }

        private static LogLevel Level(LogLineLevel level) => level switch
        {
            LogLineLevel.Trace => LogLevel.Trace,
            LogLineLevel.Debug => LogLevel.Debug,
            LogLineLevel.Info => LogLevel.Info,
            LogLineLevel.Warn => LogLevel.Warn,
            LogLineLevel.Error => LogLevel.Error,
            _ => throw Failures.Invalid("least", "expected a level from Trace to Error"),
        };

        private static LogLineLevel Level(LogLevel level) => level switch
        {
            LogLevel.Error => LogLineLevel.Error,
            LogLevel.Warn => LogLineLevel.Warn,
            LogLevel.Info => LogLineLevel.Info,
            LogLevel.Debug => LogLineLevel.Debug,
            _ => LogLineLevel.Trace,
        };

        private sealed class Sink
        {
            internal Sink(Action<LogLine> call, LogLineLevel least)
            {
                Call = call;
                Least = least;
            }

            internal Action<LogLine> Call { get; }

            internal LogLineLevel Least { get; }
        }
    }
}
