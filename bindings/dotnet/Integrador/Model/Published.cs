namespace Integrador
{
    /// <summary>What became of one of many messages: it has a receipt, or why it was refused.</summary>
    public sealed class Published
    {
        internal Published(Receipt? receipt, IntegradorException? refusal)
        {
            Receipt = receipt;
            Refusal = refusal;
        }

        /// <summary>The receipt; null if it was refused.</summary>
        public Receipt? Receipt { get; }

        /// <summary>Why it was refused; null if it was not.</summary>
        public IntegradorException? Refusal { get; }

        /// <summary>The receipt.</summary>
        /// <returns>It.</returns>
        /// <exception cref="IntegradorException">Why it was refused.</exception>
        public Receipt OrThrow() => Receipt ?? throw Refusal!;
    }
}
