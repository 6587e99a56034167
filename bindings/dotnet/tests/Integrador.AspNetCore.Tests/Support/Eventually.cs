using System;
using System.Collections.Concurrent;
using System.Threading.Tasks;
using Xunit;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>Waits for what happens in a while, for a limited time.</summary>
    internal static class Eventually
    {
        internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

        internal static Task So(string what, Func<bool> isSo) => So(what, () => Task.FromResult(isSo()));

        internal static async Task So(string what, Func<Task<bool>> isSo)
        {
            DateTime deadline = DateTime.UtcNow + Patience;
            while (!await isSo())
            {
                Assert.True(DateTime.UtcNow < deadline, $"{what}: not within {Patience.TotalSeconds} s");
                await Task.Delay(20);
            }
        }

        /// <summary>The next one that comes.</summary>
        internal static async Task<T> Next<T>(this BlockingCollection<T> queue)
            where T : class
        {
            T? item = await Task.Run(() => queue.TryTake(out T? taken, Patience) ? taken : null);
            Assert.True(item != null, $"nothing came within {Patience.TotalSeconds} s");
            return item!;
        }

        /// <summary>Waits for a task that ends in a while.</summary>
        internal static async Task Ends(this Task task, string what)
        {
            Assert.True(await Task.WhenAny(task, Task.Delay(Patience)) == task, $"{what}: not within {Patience.TotalSeconds} s");
            await task;
        }
    }
}
