using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Integrador.Tests.Scenarios;
using Xunit;

namespace Integrador.Tests.Support
{
    using Fields = Dictionary<string, object?>;

    /// <summary>What C# sees, beside what travels.</summary>
    internal static class OnTheWire
    {
        /// <summary>The directory lists a platform once, each member once, and none without members.</summary>
        internal static List<KeyValuePair<string, List<string>>> Members(List<object?> users) => users.Cast<Fields>()
            .SelectMany(entry => entry.SelectMany(of => ((List<object?>)of.Value!).Select(id => (Platform: of.Key, Id: Json.AsText(id!)))))
            .GroupBy(of => of.Platform, of => of.Id)
            .Select(of => new KeyValuePair<string, List<string>>(of.Key, of.Distinct().ToList()))
            .ToList();

        /// <summary>Whom an announcement bars: <c>*</c>, or ids in brackets, for a user may be called <c>*</c>.</summary>
        internal static IEnumerable<string> Bans(Fields announced) => !announced.ContainsKey("banned") ? Array.Empty<string>()
            : announced.List("banned").Cast<Fields>().SelectMany(entry => entry)
                .Select(of => of.Key + ": " + (of.Value is List<object?> ids ? Listed(ids.Select(id => Json.AsText(id!))) : (string)of.Value!));

        internal static IEnumerable<string> Bans(Room room) =>
            room.Banned.Select(of => of.Key + ": " + (of.Value.All ? "*" : Listed(of.Value.Users)));

        /// <summary>What the application carries, as JSON.</summary>
        internal static string? Ext(Fields body) => body.ContainsKey("ext") ? Json.Write(body["ext"]) : null;

        /// <summary>The time that RFC 3339 writes so, to 100 ns: .NET reads only some of these.</summary>
        internal static DateTimeOffset Time(string text)
        {
            Match match = Regex.Match(text, "^(.{10}).(.{6})(\\d\\d)(\\.\\d+)?(?:[Zz]|(.{6}))$");
            Assert.True(match.Success, text);
            string fraction = match.Groups[4].Value;
            // A leap second is the last one of its minute.
            string second = match.Groups[3].Value == "60" ? "59" : match.Groups[3].Value;
            string zone = match.Groups[5].Success ? match.Groups[5].Value : "+00:00";
            string whole = match.Groups[1].Value + "T" + match.Groups[2].Value + second + (fraction.Length > 8 ? fraction.Substring(0, 8) : fraction) + zone;
            return DateTimeOffset.Parse(whole, CultureInfo.InvariantCulture);
        }

        internal static Fields Shown(Message message)
        {
            Fields body = Json.Made(
                ("roomOriginalPlatform", message.Room.Platform), ("roomId", message.Room.Id), ("senderId", message.Sender.Id), ("text", message.Text));
            if (message.ReplyTo != null)
            {
                body["replyTo"] = message.ReplyTo.ToString();
            }
            if (message.Traceparent != null)
            {
                body["traceparent"] = message.Traceparent;
            }
            if (message.Ext != null)
            {
                body["ext"] = Json.Parse(message.Ext.Json);
            }
            if (message.Attachments.Count > 0)
            {
                body["attachments"] = message.Attachments.Select(one => ScenarioCalls.Attached(one)
                    .Where(field => field.Value != null).ToDictionary(field => field.Key, field => field.Value)).Cast<object?>().ToList();
            }
            return body;
        }

        private static string Listed(IEnumerable<string> ids) => "[" + string.Join(" ", ids) + "]";
    }
}
