using System.Threading;
using System.Threading.Tasks;

namespace Integrador.AspNetCore
{
    /// <summary>Waits for a limited time.</summary>
    internal static class Waiting
    {
        /// <summary>Whether the task ends before the token is cancelled; throws what the task throws.</summary>
        internal static async Task<bool> EndsBefore(this Task task, CancellationToken cancellation)
        {
            var cancelled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            using (cancellation.Register(() => cancelled.TrySetResult(true)))
            {
                if (await Task.WhenAny(task, cancelled.Task).ConfigureAwait(false) != task)
                {
                    return false;
                }
            }

            await task.ConfigureAwait(false);
            return true;
        }
    }
}
