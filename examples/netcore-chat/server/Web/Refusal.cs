using System;

namespace NetCoreChat.Web
{
    /// <summary>A call of the page that is not done, with the reason as a sentence for the person at it.</summary>
    internal sealed class Refusal : Exception
    {
        internal Refusal(int status, string sentence)
            : base(sentence) => Status = status;

        internal int Status { get; }

        internal static Refusal NotThere => new Refusal(404, "Esa conversación no existe o ya no participás en ella.");

        internal static Refusal NotUnderstood => new Refusal(400, "El pedido no se entiende.");

        internal static Refusal LoggedOut => new Refusal(401, "Tu sesión terminó. Volvé a entrar.");
    }
}
