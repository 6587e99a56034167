using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Integrador.Tests.Support
{
    using Fields = Dictionary<string, object?>;

    /// <summary>JSON as plain values: objects, lists, texts, numbers (long, else a JsonElement), booleans and null.</summary>
    internal static class Json
    {
        internal static object? Parse(string text)
        {
            using (JsonDocument document = JsonDocument.Parse(text))
            {
                return Plain(document.RootElement);
            }
        }

        internal static Fields Fields(string text) => (Fields)Parse(text)!;

        internal static Fields Made(params (string Name, object? Value)[] fields) => fields.ToDictionary(of => of.Name, of => of.Value);

        internal static string Write(object? value)
        {
            using (var stream = new MemoryStream())
            {
                var options = new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
                using (var writer = new Utf8JsonWriter(stream, options))
                {
                    Write(writer, value);
                }
                return Encoding.UTF8.GetString(stream.ToArray());
            }
        }

        /// <summary>What is at this field, as text; numbers too.</summary>
        internal static string Text(this Fields fields, string name) => AsText(fields[name]!);

        internal static string? TextOrNull(this Fields fields, string name) =>
            fields.TryGetValue(name, out object? value) && value != null ? AsText(value) : null;

        internal static Fields Object(this Fields fields, string name) =>
            fields.TryGetValue(name, out object? value) && value != null ? (Fields)value : new Fields();

        internal static List<object?> List(this Fields fields, string name) => (List<object?>)fields[name]!;

        internal static string AsText(object value) =>
            value is JsonElement number ? number.GetRawText() : Convert.ToString(value, CultureInfo.InvariantCulture)!;

        private static object? Plain(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    // Of a field that stands there twice the last counts.
                    var fields = new Fields();
                    foreach (JsonProperty property in element.EnumerateObject())
                    {
                        fields[property.Name] = Plain(property.Value);
                    }
                    return fields;
                case JsonValueKind.Array:
                    return element.EnumerateArray().Select(Plain).ToList();
                case JsonValueKind.String:
                    return element.GetString();
                case JsonValueKind.Number:
                    // `4.0` is another text than `4`, and some fit into no number of C#.
                    return element.TryGetInt64(out long number) && element.GetRawText() == AsText(number) ? number : (object)element.Clone();
                case JsonValueKind.True:
                case JsonValueKind.False:
                    return element.GetBoolean();
                default:
                    return null;
            }
        }

        private static void Write(Utf8JsonWriter writer, object? value)
        {
            switch (value)
            {
                case null:
                    writer.WriteNullValue();
                    break;
                case string text:
                    writer.WriteStringValue(text);
                    break;
                case bool flag:
                    writer.WriteBooleanValue(flag);
                    break;
                case int number:
                    writer.WriteNumberValue(number);
                    break;
                case long number:
                    writer.WriteNumberValue(number);
                    break;
                case JsonElement number:
                    number.WriteTo(writer);
                    break;
                case Fields fields:
                    writer.WriteStartObject();
                    foreach (KeyValuePair<string, object?> field in fields)
                    {
                        writer.WritePropertyName(field.Key);
                        Write(writer, field.Value);
                    }
                    writer.WriteEndObject();
                    break;
                case System.Collections.IEnumerable items:
                    writer.WriteStartArray();
                    foreach (object? item in items)
                    {
                        Write(writer, item);
                    }
                    writer.WriteEndArray();
                    break;
                default:
                    throw new ArgumentException("no JSON: " + value.GetType());
            }
        }
    }
}
