using System;
using System.Linq;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>Edits, deletes and reactions by the calls to await; those that wait are played by the scenarios.</summary>
    public sealed class ChangesTests : IDisposable
    {
        private readonly Pair pair = new Pair();

        public void Dispose() => pair.Dispose();

        [Fact]
        public async Task What_is_awaited_arrives_as_it_was_given()
        {
            Guid said = pair.Say("hola");
            Assert.Equal(said, Pair.Taken(pair.Sur, 1).Single().EventId);
            var picture = Attachment.Inline(AttachmentKind.Image, new byte[] { 1, 2, 3 }, "image/png");
            Receipt edited = await pair.Norte.EditMessageAsync(said, "1", "¡hola!", new[] { picture });
            Receipt on = await pair.Norte.ReactAsync(said, "Norte", "1", "👍");
            Receipt off = await pair.Norte.ReactAsync(said, "Norte", "1", "👍", on: false);
            Receipt deleted = await pair.Norte.DeleteMessageAsync(said, "1");
            Assert.Null((await pair.Norte.EditMessageAsync(said, "1", "otra vez")).EventId);

            using (Consumer events = pair.Sur.CreateConsumer())
            {
                var edit = Next<Edit>(events, edited);
                Assert.Equal((said, "¡hola!", "Ana"), (edit.Of, edit.Text, edit.SenderName));
                Assert.Equal(new ExternalId("Norte", "1"), edit.Sender);
                Assert.Equal(new ExternalId("Norte", "7"), edit.Room);
                Assert.Equal(new byte[] { 1, 2, 3 }, edit.Attachments!.Single().Data);
                Assert.Equal(new[] { "1" }, edit.Recipients);
                var first = Next<Reaction>(events, on);
                Assert.Equal((said, "Norte", "👍", true), (first.Of, first.OfPlatform, first.Emoji, first.On));
                Assert.False(Next<Reaction>(events, off).On);
                var delete = Next<Delete>(events, deleted);
                Assert.Equal((said, "Norte"), (delete.Of, delete.OfPlatform));
            }
        }

        [Fact]
        public async Task A_message_that_is_not_here_is_unknown()
        {
            Guid nowhere = Guid.Parse("01890a5d-ac96-774b-bcce-b302099a8057");
            IntegradorException e = await Fails.WithAsync(ErrorKind.UnknownMessage, () => pair.Norte.DeleteMessageAsync(nowhere, "1"));
            Assert.Equal("of", e.Field);
            await Fails.WithAsync(ErrorKind.UnknownPlatform, () => pair.Norte.ReactAsync(nowhere, "Oeste", "1", "👍"));
        }

        /// <summary>The next change, which is of this kind and published with this receipt.</summary>
        private static T Next<T>(Consumer events, Receipt receipt)
            where T : MessageChange
        {
            while (true)
            {
                Event e = events.Next(Eventually.Patience) ?? throw new InvalidOperationException("nothing came");
                events.Done();
                if (e is MessageChange)
                {
                    Assert.Equal(receipt.EventId, e.EventId);
                    return Assert.IsType<T>(e);
                }
            }
        }
    }
}
