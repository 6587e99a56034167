using System.Threading;
using System.Threading.Tasks;

namespace Integrador
{
    /// <summary>
    /// What an application does with what happens elsewhere: called for one event after the other, in the order of each room.
    /// <see cref="Node.Start"/> begins. <see cref="IntegradorHandler"/> has a method for each kind of event.
    /// </summary>
    public interface IIntegradorHandler
    {
        /// <summary>
        /// Handles an event. When the task ends well, the event is acknowledged: it never comes again. When it fails, the event comes
        /// again after a backoff, together with the later ones of its room; after <see cref="NodeOptions.MaxHandlerAttempts"/> it is a
        /// dead letter. An event that is under way when the process dies comes again: so let it do the same twice without harm.
        /// </summary>
        /// <param name="e">The event.</param>
        /// <param name="cancellationToken">
        /// Cancelled when stopping has waited for long enough: 10 s, or as long as the token of <see cref="Node.StopAsync"/> allows.
        /// </param>
        /// <returns>What ends when it is handled.</returns>
        Task HandleAsync(Event e, CancellationToken cancellationToken);
    }
}
