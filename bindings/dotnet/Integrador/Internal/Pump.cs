using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Integrador.Internal
{
    /// <summary>What calls a handler: workers, each a loop over the events of the node, on the thread pool.</summary>
    internal sealed class Pump
    {
        /// <summary>How long it rests when no event could be taken.</summary>
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

        /// <summary>How long stopping waits for the handler to return.</summary>
        private static readonly TimeSpan HandlerEnds = TimeSpan.FromSeconds(10);

        /// <summary>The pump whose handler this is called by.</summary>
        private static readonly AsyncLocal<Pump?> Current = new AsyncLocal<Pump?>();

        private readonly IIntegradorHandler handler;
        private readonly Consumer[] consumers;
        private readonly Task workers;
        private readonly CancellationTokenSource overdue = new CancellationTokenSource();
        private volatile bool stopping;

        internal Pump(Node node, IIntegradorHandler handler, int workers)
        {
            this.handler = handler;
            consumers = Enumerable.Range(0, workers).Select(_ => node.CreateConsumer()).ToArray();
            // What the caller has in its context, such as a trace, is not the handler's.
            bool suppressed = ExecutionContext.IsFlowSuppressed();
            AsyncFlowControl flow = suppressed ? default : ExecutionContext.SuppressFlow();
            try
            {
                this.workers = Task.WhenAll(consumers.Select(events => Task.Run(() => WorkAsync(events))).ToArray());
            }
            finally
            {
                if (!suppressed)
                {
                    flow.Undo();
                }
            }
        }

        /// <summary>Whether the handler is what calls.</summary>
        internal bool IsInside => Current.Value == this;

        /// <summary>Lets the handler return, and ends. Called by the handler itself, it does not wait for that.</summary>
        internal void Stop()
        {
            BeginStop();
            if (!IsInside && !workers.Wait(HandlerEnds))
            {
                GiveUp();
            }
        }

        internal async Task StopAsync(CancellationToken cancellationToken)
        {
            BeginStop();
            if (IsInside)
            {
                return;
            }
            // Whoever says when it is over says how long it may take.
            TimeSpan longest = cancellationToken.CanBeCanceled ? Timeout.InfiniteTimeSpan : HandlerEnds;
            using (var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
            {
                Task first = await Task.WhenAny(workers, Task.Delay(longest, timer.Token)).ConfigureAwait(false);
                if (first != workers)
                {
                    GiveUp();
                }
                timer.Cancel();
            }
        }

        private void BeginStop()
        {
            stopping = true;
            foreach (Consumer events in consumers)
            {
                events.Wake();
            }
        }

        private void GiveUp()
        {
            IntegradorLog.Write(LogLineLevel.Warn, "the handler has not returned in time; what it is at comes again");
            overdue.Cancel();
        }

        private async Task WorkAsync(Consumer events)
        {
            Current.Value = this;
            Event? e = null;
            Exception? failure = null;
            while (!stopping)
            {
                try
                {
                    if (failure != null && !await PassesAsync(failure).ConfigureAwait(false))
                    {
                        break;
                    }
                    failure = null;
                    e = e == null
                        ? await events.NextAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false)
                        : await HandledAsync(events, e).ConfigureAwait(false);
                }
                catch (Exception why)
                {
                    // An event that was under way comes again.
                    failure = why;
                    e = null;
                }
            }
            try
            {
                if (e != null)
                {
                    // It was taken in the moment before, and nobody has seen it.
                    await HandledAsync(events, e).ConfigureAwait(false);
                }
                await events.CloseAsync().ConfigureAwait(false);
            }
            catch (IntegradorException why)
            {
                // It was closed meanwhile.
                IntegradorLog.Write(LogLineLevel.Debug, "the events ended: " + why.Message);
            }
        }

        /// <summary>Whether to try again after a rest, when no event could be taken.</summary>
        private static async Task<bool> PassesAsync(Exception failure)
        {
            ErrorKind kind = (failure as IntegradorException)?.Kind ?? ErrorKind.Internal;
            if (kind == ErrorKind.Closed)
            {
                return false;
            }
            if (kind == ErrorKind.Store)
            {
                IntegradorLog.Write(
                    LogLineLevel.Error, "the node hands out no more events until it is started again: " + failure.Message, failure);
                return false;
            }
            IntegradorLog.Write(LogLineLevel.Error, "no event could be taken, trying again: " + failure.Message, failure);
            await Task.Delay(Pause).ConfigureAwait(false);
            return true;
        }

        /// <summary>Calls the handler; the next event, if it is there already.</summary>
        private async Task<Event?> HandledAsync(Consumer events, Event e)
        {
            try
            {
                await (handler.HandleAsync(e, overdue.Token) ?? Task.CompletedTask).ConfigureAwait(false);
            }
            catch (Exception why)
            {
                IntegradorLog.Write(LogLineLevel.Error, $"the handler failed at {e}; it comes again: {Text(why)}", why);
                await events.FailedAsync(Text(why)).ConfigureAwait(false);
                return null;
            }
            if (stopping)
            {
                events.Done();
                return null;
            }
            return events.Advance();
        }

        /// <summary>The reason, as text that can be sent, whatever the application's exception says.</summary>
        private static string Text(Exception why)
        {
            try
            {
                var text = new System.Text.StringBuilder(why.GetType().Name + ": " + why.Message);
                for (int i = 0; i < text.Length; i++)
                {
                    text[i] = char.IsSurrogate(text[i]) ? '?' : text[i];
                }
                return text.ToString();
            }
            catch (Exception)
            {
                return why.GetType().Name;
            }
        }
    }
}
