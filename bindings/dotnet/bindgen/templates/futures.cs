    /// <summary>
    /// A future of Rust's, polled until it is ready. Rust calls back once for each poll, from a thread of its own or before the poll
    /// returns: then the next step is taken, never on Rust's thread. There is one poll at a time, one completion and one release.
    /// </summary>
    internal abstract unsafe class RustFuture
    {
        private const sbyte Ready = 0;

        // Where a poll is: Rust may call back before it has returned, or afterwards. Whoever comes second takes the next step.
        private const int Polling = 0;
        private const int Waiting = 1;
        private const int CalledBack = 2;

        private static readonly WaitCallback NextStep = future => ((RustFuture)future!).Step();

        private readonly ulong future;
        private readonly object cancelling = new object();
        private GCHandle self;
        private CancellationTokenRegistration registration;
        private int state;
        private sbyte answer = Ready;
        private bool ended;

        protected RustFuture(ulong future) => this.future = future;

#if NET8_0_OR_GREATER
        protected static delegate* unmanaged[Cdecl]<ulong, sbyte, void> Callback => &CallBack;
#else
        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate void ContinuationCallback(ulong data, sbyte answer);

        // Rust has no more than a pointer to it: this keeps it from being collected.
        protected static readonly ContinuationCallback Callback = CallBack;
#endif

        protected void Start(CancellationToken cancellationToken)
        {
            try
            {
                registration = cancellationToken.Register(waiting => ((RustFuture)waiting!).Cancel(), this);
            }
            catch
            {
                // The token's source has been disposed.
                FreeFuture(future);
                throw;
            }
            self = GCHandle.Alloc(this);
            Poll();
        }

        protected abstract void PollFuture(ulong future, ulong data);

        protected abstract void CancelFuture(ulong future);

        protected abstract void FreeFuture(ulong future);

        /// <summary>Takes the result from Rust, and gives the future back by <see cref="FreeFuture"/> before it ends the task.</summary>
        protected abstract void Complete(ulong future);

#if NET8_0_OR_GREATER
        [UnmanagedCallersOnly(CallConvs = new[] { typeof(CallConvCdecl) })]
#endif
        private static void CallBack(ulong data, sbyte answer) =>
            ((RustFuture)GCHandle.FromIntPtr(unchecked((IntPtr)(long)data)).Target!).Answered(answer);

        private void Poll()
        {
            Volatile.Write(ref state, Polling);
            PollFuture(future, unchecked((ulong)(long)GCHandle.ToIntPtr(self)));
            if (Interlocked.CompareExchange(ref state, Waiting, Polling) == Polling)
            {
                return;
            }
            if (answer == Ready)
            {
                End();
            }
            else
            {
                // Not here: what wakes itself all the time would keep the caller.
                ThreadPool.UnsafeQueueUserWorkItem(NextStep, this);
            }
        }

        private void Answered(sbyte given)
        {
            answer = given;
            if (Interlocked.Exchange(ref state, CalledBack) == Waiting)
            {
                ThreadPool.UnsafeQueueUserWorkItem(NextStep, this);
            }
        }

        private void Step()
        {
            if (answer == Ready)
            {
                End();
            }
            else
            {
                Poll();
            }
        }

        private void Cancel()
        {
            // Not after it has been given back. Rust answers the poll it has, if any, within this call.
            lock (cancelling)
            {
                if (!ended)
                {
                    CancelFuture(future);
                }
            }
        }

        private void End()
        {
            lock (cancelling)
            {
                ended = true;
            }
            registration.Dispose();
            self.Free();
            Complete(future);
        }
    }

    /// <summary>A future whose result is passed as <typeparamref name="TLowered"/> and is a <typeparamref name="T"/>.</summary>
    internal abstract class RustFuture<TLowered, T> : RustFuture
    {
        private readonly TaskCompletionSource<T> completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Func<TLowered, T> lift;
        private readonly Func<RustBuffer, Exception>? liftError;
        private CancellationToken token;

        protected RustFuture(ulong future, Func<TLowered, T> lift, Func<RustBuffer, Exception>? liftError)
            : base(future)
        {
            this.lift = lift;
            this.liftError = liftError;
        }

        internal Task<T> Run(CancellationToken cancellationToken)
        {
            token = cancellationToken;
            Start(cancellationToken);
            return completion.Task;
        }

        protected abstract TLowered Take(ulong future, ref RustCallStatus status);

        protected override void Complete(ulong future)
        {
            var result = default(T)!;
            Exception? failure = null;
            try
            {
                var status = default(RustCallStatus);
                var lowered = Take(future, ref status);
                if (status.Succeeded)
                {
                    result = lift(lowered);
                }
                else
                {
                    failure = status.ToException(liftError);
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
            finally
            {
                FreeFuture(future);
            }

            if (failure is null)
            {
                completion.SetResult(result);
            }
            else if (failure is OperationCanceledException)
            {
                completion.TrySetCanceled(token);
            }
            else
            {
                completion.SetException(failure);
            }
        }
    }
{% for future in futures %}
    internal sealed unsafe class {{ future.class }}{% if !future.is_void %}<T>{% endif %} : RustFuture<{{ future.lowered }}, {% if future.is_void %}bool{% else %}T{% endif %}>
    {
{%- if future.is_void %}
        internal {{ future.class }}(ulong future, Func<RustBuffer, Exception>? liftError = null)
            : base(future, ended => ended, liftError)
{%- else %}
        internal {{ future.class }}(ulong future, Func<{{ future.lowered }}, T> lift, Func<RustBuffer, Exception>? liftError = null)
            : base(future, lift, liftError)
{%- endif %}
        {
        }

        protected override void PollFuture(ulong future, ulong data) => NativeMethods.{{ future.poll }}(future, Callback, data);

        protected override void CancelFuture(ulong future) => NativeMethods.{{ future.cancel }}(future);

        protected override void FreeFuture(ulong future) => NativeMethods.{{ future.free }}(future);
{% if future.is_void %}
        protected override bool Take(ulong future, ref RustCallStatus status)
        {
            NativeMethods.{{ future.complete }}(future, ref status);
            return status.Succeeded;
        }
{%- else %}
        protected override {{ future.lowered }} Take(ulong future, ref RustCallStatus status) => NativeMethods.{{ future.complete }}(future, ref status);
{%- endif %}
    }
{% endfor %}
