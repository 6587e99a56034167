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

        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public async Task An_introduction_waits_where_that_is_asked_for_until_it_is_accepted_or_refused(bool accepted)
        {
            using (var pair = new Pair(options => options.More["introductions"] = "ask"))
            using (Node este = Alone("Este"))
            {
                await este.JoinAsync((await pair.Norte.InviteAsync()).Text);
                Eventually.So("the introduction waits at Sur", () => pair.Sur.GetStatus().Introductions.Count > 0);
                Introduction introduction = pair.Sur.GetStatus().Introductions.Single();
                Assert.Equal(("Este", "Norte"), (introduction.Name, introduction.By));
                Assert.StartsWith("http://127.0.0.1:", introduction.Endpoint);
                Assert.DoesNotContain("Este", Names(pair.Sur));
                if (accepted)
                {
                    await pair.Sur.AcceptIntroductionAsync("Este");
                    Eventually.So("Sur knows Este", () => Names(pair.Sur).Contains("Este"));
                }
                else
                {
                    pair.Sur.RefuseIntroduction("Este");
                    Assert.DoesNotContain("Este", Names(pair.Sur));
                }
                Assert.Empty(pair.Sur.GetStatus().Introductions);
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

        private Node Alone(string name) =>
            Node.Open(new NodeOptions { Platform = name, Store = folder.File(name + ".db"), Listen = "127.0.0.1:0" });
    }
}
