using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("netcore-chat-tests")]
