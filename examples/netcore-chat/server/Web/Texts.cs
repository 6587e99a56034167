namespace NetCoreChat.Web
{
    /// <summary>Texts as people count them.</summary>
    internal static class Texts
    {
        /// <summary>How many characters a text has, an emoji as one.</summary>
        internal static int LengthOf(string text)
        {
            int count = 0;
            foreach (char c in text)
            {
                count += char.IsLowSurrogate(c) ? 0 : 1;
            }
            return count;
        }

        /// <summary>Its beginning.</summary>
        internal static string First(string text, int characters)
        {
            int end = 0;
            for (int count = 0; end < text.Length; end++)
            {
                count += char.IsLowSurrogate(text[end]) ? 0 : 1;
                if (count > characters)
                {
                    break;
                }
            }
            return text.Substring(0, end);
        }
    }
}
