using System;
using System.Linq;

namespace Integrador.Tests.Support
{
    /// <summary>The words of JSON for the enums: <c>UnknownRoom</c> is <c>unknown_room</c>.</summary>
    internal static class Words
    {
        internal static string Of(Enum value) =>
            string.Concat(value.ToString().Select((c, at) => (char.IsUpper(c) && at > 0 ? "_" : "") + char.ToLowerInvariant(c)));

        internal static T Parse<T>(string word)
            where T : struct, Enum => Enum.Parse<T>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
    }
}
