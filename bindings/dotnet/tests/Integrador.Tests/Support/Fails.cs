using System;
using System.Threading.Tasks;
using Xunit;

namespace Integrador.Tests.Support
{
    /// <summary>What a call must end with.</summary>
    internal static class Fails
    {
        internal static IntegradorException With(ErrorKind kind, Action call)
        {
            IntegradorException e = Assert.Throws<IntegradorException>(call);
            Assert.True(e.Kind == kind, $"expected {kind}, got {e.Kind}: {e.Message}");
            return e;
        }

        internal static async Task<IntegradorException> WithAsync(ErrorKind kind, Func<Task> call)
        {
            IntegradorException e = await Assert.ThrowsAsync<IntegradorException>(call);
            Assert.True(e.Kind == kind, $"expected {kind}, got {e.Kind}: {e.Message}");
            return e;
        }
    }
}
