using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador;
using Microsoft.Extensions.Logging;
using NetCoreChat.Live;

namespace NetCoreChat.Integration
{
    /// <summary>Which platforms there are, and which of them are up; and telling the pages, with the people, when that has changed.</summary>
    internal sealed class WhoIsThere
    {
        /// <summary>An import of a thousand users changes the lists of the pages once.</summary>
        private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

        private readonly Node node;
        private readonly Pages pages;
        private readonly ILogger<WhoIsThere> log;
        private int told;

        public WhoIsThere(Node node, Pages pages, ILogger<WhoIsThere> log)
        {
            this.node = node;
            this.pages = pages;
            this.log = log;
        }

        /// <summary>All platforms, this one included.</summary>
        internal async Task<IReadOnlyList<Model.PlatformInfo>> PlatformsAsync()
        {
            Status status = await node.GetStatusAsync();
            Dictionary<string, bool?> up = status.Platforms.ToDictionary(platform => platform.Name, platform => platform.Up);
            return node.Platforms().Select(p => new Model.PlatformInfo(p.Name, p.Own, p.SupportImage, p.SupportAudio, IsUp(p, up))).ToList();
        }

        /// <summary>What is hosted by another node is reached only as long as that one is.</summary>
        private static bool? IsUp(Platform p, Dictionary<string, bool?> up) =>
            p.Own ? true
            : p.Via != null && up.TryGetValue(p.Via, out bool? gateway) ? gateway
            : up.TryGetValue(p.Name, out bool? itself) ? itself
            : null;

        /// <summary>Tells the pages, a moment later.</summary>
        internal void HasChanged()
        {
            if (Interlocked.Exchange(ref told, 1) == 0)
            {
                _ = TellAsync();
            }
        }

        private async Task TellAsync()
        {
            await Task.Delay(Soon);
            Volatile.Write(ref told, 0);
            try
            {
                await pages.ShowPeopleAsync();
                await pages.ShowPlatformsAsync(await PlatformsAsync());
            }
            catch (Exception e) when (e is IntegradorException || e is ObjectDisposedException)
            {
                log.LogDebug("the pages were not told who is there: {Why}", e.Message);
            }
        }
    }
}
