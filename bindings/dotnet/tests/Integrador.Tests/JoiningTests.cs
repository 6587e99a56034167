using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>Joining by one line, from C#.</summary>
    public sealed class JoiningTests : IDisposable
    {
        private readonly Folder folder = new Folder();

        public void Dispose() => folder.Dispose();

        [Fact]
        public void A_newcomer_joins_by_one_line_and_is_known_to_all()
        {
            using (var pair = new Pair())
            using (Node este = Alone("Este"))
            {
                Invite invite = pair.Norte.Invite();
                Assert.StartsWith("integrador:", invite.Text);
                Assert.DoesNotContain(invite.Text, invite.ToString());
                Joined joined = este.Join(invite.Text);
                Assert.Equal("Norte", joined.Inviter);
                Assert.Equal(new[] { "Sur" }, joined.Platforms);
                string[] all = { "Este", "Norte", "Sur" };
                Eventually.So("all know each other", () => Names(este).SequenceEqual(all) && Names(pair.Sur).SequenceEqual(all));
                Assert.Equal("Este", pair.Norte.GetInvites()[0].UsedBy);
                Fails.With(ErrorKind.Conflict, () => pair.Norte.RemovePlatform("Sur"));
                pair.Norte.RemovePlatform("Este");
                Eventually.So("it is removed", () => Names(pair.Sur).SequenceEqual(new[] { "Norte", "Sur" }));
            }
        }

        [Fact]
        public async Task What_does_not_hold_says_so()
        {
            using (Node norte = Alone("Norte"))
            using (Node sur = Alone("Sur"))
            {
                Invite invite = await norte.InviteAsync();
                await norte.RevokeInviteAsync(invite.Id);
                await Fails.WithAsync(ErrorKind.Invalid, () => norte.RevokeInviteAsync(invite.Id));
                await Fails.WithAsync(ErrorKind.Unauthorized, () => sur.JoinAsync(invite.Text));
                Assert.True((await norte.AddPlatformAsync("Legacy", "http://127.0.0.1:9/")).Length > 30);
                Fails.With(ErrorKind.Conflict, () => norte.AddPlatform("legacy", "http://127.0.0.1:9/"));
                Assert.Empty(norte.GetStatus().Introductions);
                await Fails.WithAsync(ErrorKind.UnknownPlatform, () => norte.AcceptIntroductionAsync("Este"));
                await Fails.WithAsync(ErrorKind.UnknownPlatform, () => norte.RefuseIntroductionAsync("Este"));
                await Fails.WithAsync(ErrorKind.Invalid, () => norte.IntroduceAsync("Norte", "Legacy"));
                sur.Join(norte.Invite().Text);
                Eventually.So("the token is replaced", () => Rotated(sur, "Norte"));
            }
        }

        private static bool Rotated(Node node, string platform)
        {
            try
            {
                Assert.Null(node.RotateToken(platform));
                return true;
            }
            catch (IntegradorException e) when (e.Kind == ErrorKind.Conflict)
            {
                // The last change is not confirmed yet.
                return false;
            }
        }

        private static IEnumerable<string> Names(Node node) =>
            node.Platforms().Select(platform => platform.Name).OrderBy(name => name, StringComparer.Ordinal);

        private Node Alone(string name) => Node.Open(name, store: folder.File(name + ".db"), listen: "127.0.0.1:0");
    }
}
