using System;

namespace NetCoreChat.Store
{
    /// <summary>The journal can't be opened, read or written; the message says which file, and what to do.</summary>
    internal sealed class StoreException : Exception
    {
        internal StoreException(string message, Exception? inner = null)
            : base(message, inner)
        {
        }
    }
}
