using System.Threading;
using System.Threading.Tasks;

namespace Integrador.AspNetCore
{
    /// <summary>Hands the events of a node to what handles them.</summary>
    internal sealed class Pump
    {
        private readonly Nodes nodes;
        private readonly string name;
        private readonly ScopedHandler handler;
        private readonly object gate = new object();
        private readonly CancellationTokenSource timeIsOver = new CancellationTokenSource();
        private bool started;
        private Task? stopped;

        internal Pump(Nodes nodes, string name, ScopedHandler handler)
        {
            this.nodes = nodes;
            this.name = name;
            this.handler = handler;
        }

        internal void Start()
        {
            lock (gate)
            {
                if (stopped == null)
                {
                    nodes.Get(name).Start(handler, nodes.OptionsOf(name).Workers);
                    started = true;
                }
            }
        }

        /// <summary>No further event is handed out; what is being handled goes on.</summary>
        internal void BeginStop()
        {
            lock (gate)
            {
                stopped ??= started ? nodes.Get(name).StopAsync(timeIsOver.Token) : Task.CompletedTask;
            }
        }

        /// <summary>Waits for what is being handled, until the time is over. Then its token is cancelled, and the event comes again.</summary>
        internal async Task StopAsync(CancellationToken cancellation)
        {
            BeginStop();
            using (cancellation.Register(timeIsOver.Cancel))
            {
                await stopped!.ConfigureAwait(false);
            }
        }
    }
}
