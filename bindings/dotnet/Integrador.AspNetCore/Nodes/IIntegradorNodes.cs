using System;
using System.Collections.Generic;

namespace Integrador.AspNetCore
{
    /// <summary>The nodes of the application, for those that have more than one.</summary>
    public interface IIntegradorNodes
    {
        /// <summary>What the application calls its nodes; empty for the one without a name.</summary>
        IReadOnlyList<string> Names { get; }

        /// <summary>A node. It is opened if it isn't open yet.</summary>
        /// <param name="name">What it was added under; empty for the one without a name.</param>
        /// <returns>The node, which the application closes when it stops.</returns>
        /// <exception cref="InvalidOperationException">None was added under this name.</exception>
        /// <exception cref="IntegradorException">It can't be opened.</exception>
        Node Get(string name = "");
    }
}
