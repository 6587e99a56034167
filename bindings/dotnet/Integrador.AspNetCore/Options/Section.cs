using System;
using System.Collections.Generic;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Integrador.AspNetCore
{
    /// <summary>
    /// Reads the options from the application's configuration, by hand: what binds by reflection can't be trimmed. Names may be written
    /// as in .NET (<c>MaxPending</c>) or as everywhere else in Integrador (<c>max_pending</c>).
    /// </summary>
    internal sealed class Section : IConfigureNamedOptions<IntegradorOptions>
    {
        /// <summary>Holds the options of the nodes with a name.</summary>
        private const string Named = "Nodes";

        private readonly string node;
        private readonly IConfiguration? configuration;

        internal Section(string node, IConfiguration? configuration)
        {
            this.node = node;
            this.configuration = configuration;
        }

        /// <summary>Where the configuration has the options of this node.</summary>
        internal static string PathOf(string node) => node.Length == 0 ? "Integrador" : $"Integrador:{Named}:{node}";

        public void Configure(IntegradorOptions options) => Configure(Microsoft.Extensions.Options.Options.DefaultName, options);

        public void Configure(string? name, IntegradorOptions options)
        {
            if (configuration == null || name != node)
            {
                return;
            }

            foreach (IConfigurationSection entry in configuration.GetSection(PathOf(node)).GetChildren())
            {
                string option = OptionName(entry.Key);
                if (option == "limits")
                {
                    foreach (IConfigurationSection limit in entry.GetChildren())
                    {
                        Read(options, "limits." + OptionName(limit.Key), limit);
                    }
                }
                else if (node.Length > 0 || option != "nodes")
                {
                    Read(options, option, entry);
                }
            }
        }

        private static void Read(IntegradorOptions options, string option, IConfigurationSection entry)
        {
            string? text = entry.Value?.Trim();
            if (string.IsNullOrEmpty(text))
            {
                foreach (IConfigurationSection _ in entry.GetChildren())
                {
                    options.Unreadable.Add($"{entry.Path} holds further keys: expected one value");
                    break;
                }

                return;
            }

            switch (option)
            {
                case "platform":
                    options.Platform = text;
                    break;
                case "standalone":
                    options.Standalone = text;
                    break;
                case "store":
                    options.Store = text;
                    break;
                case "platforms":
                    options.Platforms = text;
                    break;
                case "listen":
                    options.Listen = text;
                    break;
                case "retention":
                    options.Retention = Span(options, entry, text) ?? options.Retention;
                    break;
                case "handler_timeout":
                    options.HandlerTimeout = Span(options, entry, text) ?? options.HandlerTimeout;
                    break;
                case "close_timeout":
                    options.CloseTimeout = Span(options, entry, text) ?? options.CloseTimeout;
                    break;
                case "max_handler_attempts":
                    options.MaxHandlerAttempts = Whole(options, entry, text) ?? options.MaxHandlerAttempts;
                    break;
                case "workers":
                    options.Workers = Whole(options, entry, text) ?? options.Workers;
                    break;
                default:
                    options.More[option] = Written.Value(option, text!);
                    break;
            }
        }

        private static TimeSpan? Span(IntegradorOptions options, IConfigurationSection entry, string text)
        {
            TimeSpan? span = Written.Span(text);
            if (span == null)
            {
                options.Unreadable.Add($"{entry.Path} is \"{text}\": expected a time, such as 30s, 24h, 30d, 1.12:00:00 or a number of seconds");
            }

            return span;
        }

        private static int? Whole(IntegradorOptions options, IConfigurationSection entry, string text)
        {
            int? whole = Written.Whole(text);
            if (whole == null)
            {
                options.Unreadable.Add($"{entry.Path} is \"{text}\": expected a whole number");
            }

            return whole;
        }

        /// <summary><c>MaxPending</c>, <c>MAX_PENDING</c>, <c>max-pending</c>: <c>max_pending</c>.</summary>
        internal static string OptionName(string key)
        {
            var name = new StringBuilder(key.Length + 4);
            for (int i = 0; i < key.Length; i++)
            {
                char letter = key[i];
                if (char.IsUpper(letter) && i > 0 && char.IsLower(key[i - 1]))
                {
                    name.Append('_');
                }

                name.Append(letter == '-' ? '_' : char.ToLowerInvariant(letter));
            }

            return name.ToString();
        }
    }
}
