using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.Extensions.Logging;

namespace Integrador.AspNetCore
{
    /// <summary>
    /// Brings what the core logs to the application's loggers: <c>integrador::outbox::lane</c> is <c>Integrador.Core.Outbox.Lane</c>. What
    /// waits for a slow logger is bounded by the core, which never waits for one. The level of <c>Integrador.Core</c> decides what
    /// the core keeps.
    /// </summary>
    internal sealed class CoreLogs : IDisposable
    {
        private const string Root = "Integrador.Core";

        /// <summary>How often it looks which level is wanted.</summary>
        private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

        private static readonly object Gate = new object();

        /// <summary>Those that want lines: one for each application of this process. Replaced, never changed.</summary>
        private static CoreLogs[] all = Array.Empty<CoreLogs>();

        private static LogLineLevel? kept;

        private readonly ILoggerFactory factory;
        private readonly ILogger root;
        private readonly ConcurrentDictionary<string, ILogger> loggers = new ConcurrentDictionary<string, ILogger>(StringComparer.Ordinal);
        private Timer? timer;

        public CoreLogs(ILoggerFactory factory)
        {
            this.factory = factory;
            root = factory.CreateLogger(Root);
        }

        /// <summary>From now on lines come. Beginning again does nothing.</summary>
        internal void Begin()
        {
            lock (Gate)
            {
                if (!all.Contains(this))
                {
                    all = all.Append(this).ToArray();
                    timer = new Timer(_ => Follow(), null, Look, Look);
                    Follow();
                }
            }
        }

        /// <summary>None come any more.</summary>
        internal void End()
        {
            lock (Gate)
            {
                if (all.Contains(this))
                {
                    all = all.Where(one => one != this).ToArray();
                    timer?.Dispose();
                    Follow();
                }
            }
        }

        public void Dispose() => End();

        /// <summary>Says what is wanted, when that has changed.</summary>
        private static void Follow()
        {
            lock (Gate)
            {
                LogLineLevel? wanted = all.Select(one => one.Wanted()).Where(level => level != null).Min();
                if (wanted != kept)
                {
                    kept = wanted;
                    IntegradorLog.SetSink(wanted == null ? (Action<LogLine>?)null : Take, wanted ?? LogLineLevel.Error);
                }
            }
        }

        private LogLineLevel? Wanted()
        {
            foreach (LogLineLevel level in Levels)
            {
                if (root.IsEnabled(Level(level)))
                {
                    return level;
                }
            }

            return null;
        }

        private static readonly LogLineLevel[] Levels =
        {
            LogLineLevel.Trace, LogLineLevel.Debug, LogLineLevel.Info, LogLineLevel.Warn, LogLineLevel.Error,
        };

        private static LogLevel Level(LogLineLevel level) => level switch
        {
            LogLineLevel.Trace => LogLevel.Trace,
            LogLineLevel.Debug => LogLevel.Debug,
            LogLineLevel.Info => LogLevel.Information,
            LogLineLevel.Warn => LogLevel.Warning,
            _ => LogLevel.Error,
        };

        private static void Take(LogLine line)
        {
            foreach (CoreLogs one in Volatile.Read(ref all))
            {
                try
                {
                    one.Log(line);
                }
                catch (Exception)
                {
                    // A logger of one application that fails must keep no line from the others.
                }
            }
        }

        private void Log(LogLine line)
        {
            ILogger logger = loggers.GetOrAdd(line.Target, target => factory.CreateLogger(Category(target)));
            logger.Log(Level(line.Level), default, new LineState(line), line.Exception, LineState.Text);
        }

        /// <summary><c>integrador::outbox::rest</c>: <c>Integrador.Core.Outbox.Rest</c>.</summary>
        internal static string Category(string target)
        {
            IEnumerable<string> parts = target.Split(new[] { "::" }, StringSplitOptions.RemoveEmptyEntries).Skip(1);
            return string.Concat(parts.Select(part => "." + string.Concat(part.Split('_').Select(Capital))).Prepend(Root));
        }

        private static string Capital(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word.Substring(1);
    }
}
