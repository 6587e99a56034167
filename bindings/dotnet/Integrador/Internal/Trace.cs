#if !NETSTANDARD
using System.Diagnostics;
#endif

namespace Integrador.Internal
{
    /// <summary>Where the caller stands in a distributed trace. .NET Standard has none.</summary>
    internal static class Trace
    {
#if NETSTANDARD
        internal static string? Current => null;
#else
        /// <summary>As W3C Trace Context writes it; null outside of a trace, or where the application names its activities otherwise.</summary>
        internal static string? Current =>
            Activity.Current is Activity activity && activity.IdFormat == ActivityIdFormat.W3C ? activity.Id : null;
#endif
    }
}
