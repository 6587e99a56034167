using System;
using System.Collections.Generic;
using System.Linq;

namespace NetCoreChat.Store
{
    /// <summary>
    /// What has happened to a conversation: who came and who went, a new name, who is barred. Each is a line among the messages, a row of
    /// theirs with a notice in it. Its sender is whom it is about, its place the event id of the announcement, so that it stands between the
    /// same messages everywhere. It is no message: nobody answers, edits or counts it.
    /// </summary>
    internal static class Notices
    {
        /// <summary>What is another now. Who is barred has not left, and of a whole platform that is barred there is nobody to name.</summary>
        internal static IEnumerable<MessageRow> Of(State now, Reading before, ConversationRow room, Guid? e)
        {
            ConversationRow old = before.Row;
            IEnumerable<(string, Guid)> Each(string notice, IEnumerable<Guid> people) => people.Select(person => (notice, person));
            IEnumerable<(string Notice, Guid Who)> told = Each("left", old.Members.Except(room.Members).Where(who => !room.Banned.Contains(who.ToString())))
                .Concat(Each("joined", room.Members.Except(old.Members)))
                .Concat(Each("banned", People(room.Banned.Except(old.Banned))))
                .Concat(Each("unbanned", People(old.Banned.Except(room.Banned))));
            if (old.Name != room.Name)
            {
                told = told.Append(("renamed", Guid.Empty));
            }
            string place = e?.ToString() ?? before.Messages.LastOrDefault(row => row.Place != null)?.Place ?? "";
            return told.Select((one, n) => new MessageRow
            {
                Id = now.LastMessage + 1 + n,
                Conversation = room.Id,
                Sender = one.Who,
                SenderName = now.Users.TryGetValue(one.Who, out UserRow? user) ? user.Name : "",
                Text = one.Notice == "renamed" ? room.Name : "",
                Notice = one.Notice,
                At = DateTimeOffset.UtcNow,
                Place = place,
                Published = true,
            });
        }

        private static IEnumerable<Guid> People(IEnumerable<string> banned) =>
            banned.Where(one => Guid.TryParse(one, out _)).Select(Guid.Parse);
    }
}
