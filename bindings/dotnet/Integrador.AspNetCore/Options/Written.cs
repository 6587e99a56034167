using System;
using System.Collections.Generic;
using System.Globalization;

namespace Integrador.AspNetCore
{
    /// <summary>Options as text, as configurations have them. What each of them must be, the core knows and says.</summary>
    internal static class Written
    {
        /// <summary>These stay texts, whatever they look like.</summary>
        private static readonly HashSet<string> Texts = new HashSet<string>(StringComparer.Ordinal) { "name", "directory", "role", "proxy" };

        /// <summary>The text as what it says.</summary>
        internal static object Value(string option, string text)
        {
            if (Texts.Contains(option))
            {
                return text;
            }

            if (bool.TryParse(text, out bool yes))
            {
                return yes;
            }

            if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            {
                return whole;
            }

            if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return number;
            }

            return Span(text) is TimeSpan span ? (object)span : text;
        }

        /// <summary>A whole number.</summary>
        internal static int? Whole(string text) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int whole) ? whole : (int?)null;

        /// <summary>A number of seconds, <c>500ms</c>, <c>30s</c>, <c>10m</c>, <c>24h</c>, <c>30d</c>, or a time as .NET writes it.</summary>
        internal static TimeSpan? Span(string text)
        {
            int digits = 0;
            while (digits < text.Length && (char.IsDigit(text[digits]) || text[digits] == '.'))
            {
                digits++;
            }

            double? unit = text.Substring(digits) switch
            {
                "ms" => 0.001,
                "s" => 1,
                "" => 1,
                "m" => 60,
                "h" => 3_600,
                "d" => 86_400,
                _ => (double?)null,
            };
            if (unit is double seconds
                && double.TryParse(text.Substring(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
                && count * seconds < TimeSpan.MaxValue.TotalSeconds)
            {
                return TimeSpan.FromSeconds(count * seconds);
            }

            // "30" alone would be days there.
            return unit == null && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan span) ? span : (TimeSpan?)null;
        }
    }
}
