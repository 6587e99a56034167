using System;
using System.Linq;
using NetCoreChat.Store;

namespace NetCoreChat.Tests
{
    /// <summary>Rooms as the importer stores them.</summary>
    internal static class Rooms
    {
        internal static ConversationRow Of(Guid id, string external, string name, bool isPublic, params Guid[] members) =>
            new ConversationRow { Id = id, External = external, Name = name, Public = isPublic, Members = members.ToList() };
    }
}
