using System.Text.Encodings.Web;
using System.Text.Json;
#if NET8_0_OR_GREATER
using System.Text.Json.Serialization;
#endif

namespace NetCoreChat
{
    /// <summary>The two forms in which this chat writes JSON: to the page, and to its journal, which leaves out what is not there.</summary>
    internal static class Json
    {
        internal static readonly JsonSerializerOptions Page = new JsonSerializerOptions();

        internal static readonly JsonSerializerOptions Journal = new JsonSerializerOptions();

        static Json()
        {
            Set(Page);
            Set(Journal);
#if NET8_0_OR_GREATER
            Journal.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
#else
            Journal.IgnoreNullValues = true;
#endif
        }

        /// <summary>Names as JavaScript writes them, and letters as they are: nothing of this is put into HTML.</summary>
        internal static void Set(JsonSerializerOptions options)
        {
            options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        }
    }
}
