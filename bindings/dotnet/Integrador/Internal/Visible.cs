using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Integrador.Testing")]
[assembly: InternalsVisibleTo("Integrador.Tests")]
