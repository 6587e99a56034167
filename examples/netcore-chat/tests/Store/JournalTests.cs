using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using NetCoreChat.Model;
using NetCoreChat.Store;
using Xunit;

namespace NetCoreChat.Tests.Store
{
    /// <summary>What was acknowledged is there, whatever happened to the file after it.</summary>
    public sealed class JournalTests : IDisposable
    {
        private readonly TemporaryFolder folder = new TemporaryFolder();
        private readonly List<string> said = new List<string>();

        private string File => folder.File("chat.journal");

        public void Dispose() => folder.Dispose();

        private Task<Chat> Open() => Chat.OpenAsync(folder.Path, "net core", new[] { "Lucía", "Mateo" }, said.Add);

        private static Guid Plaza(Chat chat) => chat.Conversations.Of(Guid.Empty).Single().Id;

        private static Task<Message> Write(Chat chat, string text, params Attached[] files) =>
            chat.Messages.AddOwnAsync(new Draft(Plaza(chat), chat.Users.Own()[0].Id, "Lucía", text, files), text);

        private static string Texts(Chat chat) => string.Join("|", chat.Messages.Page(Plaza(chat), null, 100).Select(message => message.Text));

        private async Task<byte[]> JournalOf(params string[] texts)
        {
            using (Chat chat = await Open())
            {
                foreach (string text in texts)
                {
                    await Write(chat, text);
                }
            }
            return System.IO.File.ReadAllBytes(File);
        }

        [Fact]
        public async Task What_was_written_is_there_when_it_is_opened_again()
        {
            var image = new Attached { Kind = "image", Data = new byte[] { 1, 2, 3, 250 }, Mime = "image/png", Name = "ñandú.png" };
            Guid mateo;
            string people;
            using (Chat chat = await Open())
            {
                mateo = chat.Users.Own().Single(user => user.Name == "Mateo").Id;
                await chat.Users.SaveAsync(new[] { (Guid.NewGuid(), "BuasApp:1", "Marcelo", true, (string?)null) });
                await chat.Users.AddSessionAsync("hash", mateo);
                await chat.Users.AddSessionAsync("over", mateo);
                await chat.Users.EndSessionAsync("over");
                await Write(chat, "¡hola! 🧉", image);
                await chat.Conversations.MarkReadAsync(mateo, Plaza(chat));
                await Write(chat, "dos");
                people = string.Join(",", chat.Users.All().Select(user => $"{user.Id} {user.External} {user.Name}"));
            }
            using (Chat again = await Open())
            {
                Assert.Equal(people, string.Join(",", again.Users.All().Select(user => $"{user.Id} {user.External} {user.Name}")));
                Assert.Equal("Mateo", again.Users.OfSession("hash")?.Name);
                Assert.Null(again.Users.OfSession("over"));
                Assert.Equal("¡hola! 🧉|dos", Texts(again));
                Assert.Equal(1, again.Conversations.Of(mateo).Single().Unread);
                Attached file = Assert.Single(again.Messages.Files(1));
                Assert.Equal(image.Data, file.Data);
                Assert.Equal("ñandú.png", file.Name);
                Assert.Equal("/app/files/1/0", again.Messages.Find(1)!.Attachments[0].Url);
            }
            Assert.Empty(said);
        }

        [Fact]
        public async Task A_last_line_that_is_torn_anywhere_is_cut_off_and_what_is_written_then_is_kept()
        {
            byte[] whole = await JournalOf("uno", "dos");
            int last = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
            for (int end = last; end < whole.Length; end++)
            {
                said.Clear();
                System.IO.File.WriteAllBytes(File, whole.AsSpan(0, end).ToArray());
                using (Chat chat = await Open())
                {
                    Assert.Equal("uno", Texts(chat));
                    await Write(chat, "tres");
                }
                using (Chat again = await Open())
                {
                    Assert.Equal("uno|tres", Texts(again));
                }
                Assert.Equal(end > last ? 1 : 0, said.Count);
            }
        }

        [Fact]
        public async Task A_last_line_whose_blocks_did_not_reach_the_disk_is_cut_off()
        {
            byte[] whole = await JournalOf("uno", "dos");
            int last = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
            Array.Clear(whole, last + 20, 40);
            System.IO.File.WriteAllBytes(File, whole);
            using (Chat chat = await Open())
            {
                Assert.Equal("uno", Texts(chat));
            }
            System.IO.File.WriteAllBytes(File, whole.Take(last).Concat(new byte[8192]).ToArray());
            using (Chat chat = await Open())
            {
                Assert.Equal("uno", Texts(chat));
            }
            Assert.Contains("8192 bytes", said.Last());
        }

        [Fact]
        public async Task A_damaged_line_before_the_last_is_told_with_its_number_and_nothing_is_changed()
        {
            byte[] damaged = await JournalOf("uno", "dos", "tres");
            int at = Encoding.UTF8.GetString(damaged).IndexOf("\"text\":\"dos\"", StringComparison.Ordinal);
            damaged[Encoding.UTF8.GetByteCount(Encoding.UTF8.GetString(damaged).Substring(0, at)) + 8] ^= 1;
            System.IO.File.WriteAllBytes(File, damaged);
            var e = await Assert.ThrowsAsync<StoreException>(Open);
            Assert.Contains("line 4 is damaged", e.Message);
            Assert.Equal(damaged, System.IO.File.ReadAllBytes(File));
        }

        [Fact]
        public async Task A_journal_of_a_newer_version_is_refused_and_left_alone() =>
            await IsRefused(Encoding.UTF8.GetString(Line.Write(new[] { new Entry { Version = 2 } })), "newer version");

        [Fact]
        public async Task A_file_that_is_no_journal_is_refused_and_left_alone() =>
            await IsRefused("hello\nworld\n", "line 1 is damaged");

        private async Task IsRefused(string content, string why)
        {
            System.IO.File.WriteAllText(File, content);
            var e = await Assert.ThrowsAsync<StoreException>(Open);
            Assert.Contains(why, e.Message);
            Assert.Contains(File, e.Message);
            Assert.Equal(content, System.IO.File.ReadAllText(File));
        }

        [Fact]
        public async Task A_folder_in_use_is_refused_and_free_again_afterwards()
        {
            using (await Open())
            {
                var e = await Assert.ThrowsAsync<StoreException>(Open);
                Assert.Contains("another process has this folder in use", e.Message);
                Assert.Contains(folder.Path, e.Message);
            }
            using (await Open())
            {
            }
        }

        [Fact]
        public async Task A_journal_that_says_much_twice_is_written_anew_and_says_the_same()
        {
            Guid me, e = Guid.NewGuid();
            using (Chat chat = await Open())
            {
                me = chat.Users.Own()[0].Id;
                await Write(chat, "con foto", new Attached { Kind = "image", Data = new byte[5000], Mime = "image/png", Name = "a.png" });
                await Write(chat, "no salió");
                await chat.Messages.PublishedAsync(new[] { (1L, e, (IReadOnlyList<string>)new[] { "RustChat" }) });
                await chat.Messages.FailedAsync(2, "porque no");
                await chat.Conversations.MarkReadAsync(me, Plaza(chat));
                for (int n = 0; n < 400; n++)
                {
                    await chat.Messages.TickAsync(e, new[] { new Tick { Platform = "BuasApp", State = n % 2 == 0 ? "waiting" : "parked", Why = n.ToString() } }, false);
                }
            }
            long before = new FileInfo(File).Length;
            string all = await All(grown: long.MaxValue);
            System.IO.File.WriteAllText(File + ".new", "what an interrupted writing anew has left");
            Assert.Equal(all, await All(grown: 1 << 14));
            Assert.Contains("was written anew", Assert.Single(said));
            Assert.True(new FileInfo(File).Length < before / 4, $"{new FileInfo(File).Length} of {before} bytes");
            Assert.False(System.IO.File.Exists(File + ".new"));
            Assert.Equal(all, await All(grown: long.MaxValue));
            using (Chat chat = await Open())
            {
                Assert.Equal(3, (await Write(chat, "sigue")).Id);
                Assert.Equal(new byte[5000], chat.Messages.Files(1)[0].Data);
            }
        }

        /// <summary>All that it says, as text.</summary>
        private async Task<string> All(long grown)
        {
            await Task.Yield();
            using Database database = Database.Open(folder.Path, said.Add, grown);
            return database.Read(now => string.Concat(now.Entries(database.FilesOf).Select(entry => Encoding.UTF8.GetString(Line.Write(new[] { entry })))));
        }

        [Fact]
        public async Task What_many_write_at_once_is_written_once_each()
        {
            using (Chat chat = await Open())
            {
                await Task.WhenAll(Enumerable.Range(0, 200).Select(n => Task.Run(() => Write(chat, "m" + (n % 100)))));
            }
            using Chat again = await Open();
            IReadOnlyList<Message> all = again.Messages.Page(Plaza(again), null, 1000);
            Assert.Equal(Enumerable.Range(1, 100).Select(n => (long)n), all.Select(message => message.Id));
            Assert.Equal(100, all.Select(message => message.Text).Distinct().Count());
        }
    }
}
