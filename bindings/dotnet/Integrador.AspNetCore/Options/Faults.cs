using System;
using System.Collections.Generic;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace Integrador.AspNetCore
{
    /// <summary>Finds what is wrong with the options of a node, all of it at once. What only the core knows, it says when the node is opened.</summary>
    internal sealed class Faults : IValidateOptions<IntegradorOptions>
    {
        public ValidateOptionsResult Validate(string? name, IntegradorOptions options)
        {
            string at = Section.PathOf(name ?? string.Empty);
            var faults = new List<string>(options.Unreadable);
            if (IsBlank(options.Platform) && IsBlank(options.Standalone))
            {
                faults.Add($"{at}:Platform is missing: set it to this platform's name, as the registries of the others spell it");
            }
            else if (!IsBlank(options.Platform) && !IsBlank(options.Standalone))
            {
                faults.Add($"{at}:Platform and {at}:Standalone are both set: a node is either this application's or stands alone");
            }

            if (IsBlank(options.Store))
            {
                faults.Add($"{at}:Store is missing: set it to a file, which is made if it isn't there");
            }

            if (options.Listen != null && !IsAddress(options.Listen))
            {
                faults.Add($"{at}:Listen is \"{options.Listen}\": expected HOST:PORT, such as 127.0.0.1:5001");
            }

            Span(faults, $"{at}:Retention", options.Retention, zero: false);
            Span(faults, $"{at}:HandlerTimeout", options.HandlerTimeout, zero: false);
            Span(faults, $"{at}:CloseTimeout", options.CloseTimeout, zero: true);
            AtLeastOne(faults, $"{at}:MaxHandlerAttempts", options.MaxHandlerAttempts);
            AtLeastOne(faults, $"{at}:Workers", options.Workers);
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }

        private static bool IsBlank(string? text) => string.IsNullOrWhiteSpace(text);

        private static bool IsAddress(string text)
        {
            int colon = text.LastIndexOf(':');
            return colon > 0 && ushort.TryParse(text.Substring(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        }

        private static void Span(List<string> faults, string at, TimeSpan? span, bool zero)
        {
            if (span < TimeSpan.Zero || (span == TimeSpan.Zero && !zero))
            {
                faults.Add($"{at} is {span}: expected {(zero ? "zero or more" : "more than zero")}");
            }
        }

        private static void AtLeastOne(List<string> faults, string at, int? number)
        {
            if (number < 1)
            {
                faults.Add($"{at} is {number}: expected 1 or more");
            }
        }
    }
}
