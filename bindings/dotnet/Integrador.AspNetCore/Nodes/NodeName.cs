namespace Integrador.AspNetCore
{
    /// <summary>A node was added under this name; empty for the one without.</summary>
    internal sealed class NodeName
    {
        internal NodeName(string name) => Name = name;

        internal string Name { get; }
    }
}
