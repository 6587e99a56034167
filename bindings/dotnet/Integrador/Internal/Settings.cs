// The options of a node by their names in JSON, as the native library reads them.
using System;
using System.Collections.Generic;
using System.Globalization;
using Integrador.Native;

namespace Integrador.Internal
{
    internal static class Settings
    {
        /// <summary>Those of a node that is to be opened; says what is missing.</summary>
        internal static IReadOnlyList<Setting> Of(NodeOptions options)
        {
            if (string.IsNullOrEmpty(options.Platform) == string.IsNullOrEmpty(options.Standalone))
            {
                throw Failures.Config("platform", string.IsNullOrEmpty(options.Platform)
                    ? "set NodeOptions.Platform to the name of the application's platform, or Standalone for a node without users"
                    : "set either NodeOptions.Platform or Standalone, not both");
            }
            if (string.IsNullOrEmpty(options.Store))
            {
                throw Failures.Config("store", "set NodeOptions.Store to the file of the store, such as node.db");
            }
            var all = new List<Setting>();
            Add(all, "platform", Absent(options.Platform));
            Add(all, "name", Absent(options.Standalone));
            Add(all, "store", options.Store);
            Add(all, "platforms", Absent(options.Platforms));
            Add(all, "listen", Absent(options.Listen));
            Add(all, "retention", options.Retention);
            Add(all, "handler_timeout", options.HandlerTimeout);
            Add(all, "close_timeout", options.CloseTimeout);
            Add(all, "max_handler_attempts", options.MaxHandlerAttempts);
            AddAll(all, options.More);
            return all;
        }

        /// <summary>Those that a test gives to all nodes of a mesh.</summary>
        internal static IReadOnlyList<Setting> Of(IEnumerable<KeyValuePair<string, object?>> options)
        {
            var all = new List<Setting>();
            AddAll(all, options);
            return all;
        }

        private static void AddAll(List<Setting> all, IEnumerable<KeyValuePair<string, object?>> options)
        {
            foreach (KeyValuePair<string, object?> option in options)
            {
                if (option.Value != null && all.Exists(other => other.Name == option.Key))
                {
                    throw Failures.Config(option.Key, "it is given twice: as a property of NodeOptions, and in More");
                }
                Add(all, option.Key, option.Value);
            }
        }

        private static string? Absent(string? text) => string.IsNullOrEmpty(text) ? null : text;

        private static void Add(List<Setting> all, string name, object? value)
        {
            if (value != null)
            {
                all.Add(new Setting(Given.Text(name, "name"), Value(name, value)));
            }
        }

        private static SettingValue Value(string name, object value) => value switch
        {
            string text => new SettingValue.Text(Given.Text(text, name)),
            bool flag => new SettingValue.Flag(flag),
            TimeSpan span when span.Ticks % TimeSpan.TicksPerSecond == 0 => new SettingValue.Whole(span.Ticks / TimeSpan.TicksPerSecond),
            TimeSpan span => new SettingValue.Fraction(span.TotalSeconds),
            double number => Fraction(name, number),
            float number => Fraction(name, number),
            decimal number => Fraction(name, (double)number),
            sbyte _ => Whole(value),
            byte _ => Whole(value),
            short _ => Whole(value),
            ushort _ => Whole(value),
            int _ => Whole(value),
            uint _ => Whole(value),
            long _ => Whole(value),
            _ => throw Failures.Config(name, "expected a string, a bool, a number or a TimeSpan, not a " + value.GetType()),
        };

        private static SettingValue Whole(object value) => new SettingValue.Whole(Convert.ToInt64(value, CultureInfo.InvariantCulture));

        private static SettingValue Fraction(string name, double number)
        {
            if (double.IsNaN(number) || double.IsInfinity(number))
            {
                throw Failures.Config(name, "expected a number, not " + number.ToString(CultureInfo.InvariantCulture));
            }
            return new SettingValue.Fraction(number);
        }
    }
}
