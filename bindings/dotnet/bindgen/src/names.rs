//! Names as C# wants them: in its case, no keywords, nothing twice, nothing that is taken where it would stand.

use std::collections::HashSet;

use anyhow::{Result, bail};
use heck::{ToLowerCamelCase, ToUpperCamelCase};

const KEYWORDS: &[&str] = &[
    "abstract",
    "as",
    "base",
    "bool",
    "break",
    "byte",
    "case",
    "catch",
    "char",
    "checked",
    "class",
    "const",
    "continue",
    "decimal",
    "default",
    "delegate",
    "do",
    "double",
    "else",
    "enum",
    "event",
    "explicit",
    "extern",
    "false",
    "finally",
    "fixed",
    "float",
    "for",
    "foreach",
    "goto",
    "if",
    "implicit",
    "in",
    "int",
    "interface",
    "internal",
    "is",
    "lock",
    "long",
    "namespace",
    "new",
    "null",
    "object",
    "operator",
    "out",
    "override",
    "params",
    "private",
    "protected",
    "public",
    "readonly",
    "ref",
    "return",
    "sbyte",
    "sealed",
    "short",
    "sizeof",
    "stackalloc",
    "static",
    "string",
    "struct",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "uint",
    "ulong",
    "unchecked",
    "unsafe",
    "ushort",
    "using",
    "virtual",
    "void",
    "volatile",
    "while",
];

/// Types that the generated code speaks of: .NET's, and its own.
const TYPES: &[&str] = &[
    "Action",
    "ArgumentNullException",
    "ArgumentOutOfRangeException",
    "Array",
    "CallConvCdecl",
    "CallingConvention",
    "CancellationToken",
    "CancellationTokenRegistration",
    "Converters",
    "DateTime",
    "DateTimeOffset",
    "Dictionary",
    "DllImport",
    "Encoding",
    "EntryPointNotFoundException",
    "Exception",
    "ForeignBytes",
    "FormattableString",
    "Func",
    "GCHandle",
    "ICollection",
    "IDisposable",
    "IEnumerable",
    "IEquatable",
    "IntPtr",
    "Interlocked",
    "IReadOnlyDictionary",
    "IReadOnlyList",
    "LayoutKind",
    "LibraryImport",
    "Marshal",
    "Math",
    "NativeMethods",
    "Nullable",
    "ObjectDisposedException",
    "OperationCanceledException",
    "RustBuffer",
    "RustCallStatus",
    "RustFuture",
    "RustHandle",
    "RustLibrary",
    "RustLibraryException",
    "RustPanicException",
    "RustReader",
    "RustTime",
    "RustValues",
    "RustWriter",
    "SafeHandle",
    "StringBuilder",
    "StructLayout",
    "System",
    "Task",
    "TaskCompletionSource",
    "TaskCreationOptions",
    "ThreadPool",
    "TimeSpan",
    "UnmanagedCallConv",
    "UnmanagedCallersOnly",
    "UnmanagedFunctionPointer",
    "Volatile",
    "WaitCallback",
];

/// What every class has, and what the bodies of its members speak of by a name that a member could take away.
const MEMBERS: &[&str] = &[
    "Converters",
    "Dispose",
    "Equals",
    "Finalize",
    "FormattableString",
    "FromRust",
    "GetHashCode",
    "GetType",
    "MemberwiseClone",
    "NativeHandle",
    "NativeMethods",
    "ReferenceEquals",
    "RustLibrary",
    "RustValues",
    "ToRust",
    "ToString",
];

/// What an exception has.
const OF_EXCEPTIONS: &[&str] = &[
    "Data",
    "GetBaseException",
    "GetObjectData",
    "HelpLink",
    "HResult",
    "InnerException",
    "Message",
    "SerializeObjectState",
    "Source",
    "StackTrace",
    "TargetSite",
];

pub(crate) fn pascal(name: &str) -> String {
    name.to_upper_camel_case()
}

/// A parameter's name; with `@` if it is a keyword.
pub(crate) fn parameter(name: &str) -> String {
    let camel = name.to_lower_camel_case();
    if KEYWORDS.contains(&camel.as_str()) { format!("@{camel}") } else { camel }
}

/// The local variable that holds what a parameter becomes for Rust: no parameter has an underscore, and what else is local has it in front.
pub(crate) fn lowered(name: &str) -> String {
    format!("{}_", name.to_lower_camel_case())
}

/// What a type is called; one whose name the generated code needs gets what it is behind its name.
pub(crate) fn class(name: &str, kind: &str) -> String {
    if TYPES.contains(&name) { format!("{name}{kind}") } else { name.to_owned() }
}

/// What an error is called: .NET's exceptions end in `Exception`.
pub(crate) fn exception(name: &str) -> String {
    format!(
        "{}Exception",
        name.strip_suffix("Error").filter(|stem| !stem.is_empty()).unwrap_or(name).trim_end_matches("Exception")
    )
}

/// Whether this can be a name.
pub(crate) fn check_identifier(name: &str) -> Result<()> {
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if !begins || !characters.all(|c| c.is_alphanumeric() || c == '_') || KEYWORDS.contains(&name) {
        bail!("`{name}` is no name in C#");
    }
    Ok(())
}

/// The names of the members of one class. One that is taken gets what it is behind its name: `Value`, `Method`, `Variant`.
pub(crate) struct Members {
    class: String,
    taken: HashSet<String>,
    given: HashSet<String>,
}

impl Members {
    pub(crate) fn new(class: &str) -> Self {
        let taken = MEMBERS.iter().map(|name| (*name).to_owned()).chain([class.to_owned()]).collect();
        Self { class: class.to_owned(), taken, given: HashSet::new() }
    }

    pub(crate) fn of_exception(class: &str) -> Self {
        let mut members = Self::new(class);
        members.taken.extend(OF_EXCEPTIONS.iter().map(|name| (*name).to_owned()));
        members
    }

    /// With names that are taken besides: those of the other variants, of types that the class speaks of.
    pub(crate) fn taken(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.taken.extend(names);
        self
    }

    /// The name of the member that is called so in Rust.
    pub(crate) fn name(&mut self, wanted: String, kind: &str) -> Result<String> {
        let name = if self.taken.contains(&wanted) { format!("{wanted}{kind}") } else { wanted };
        check_identifier(&name)?;
        if !self.given.insert(name.clone()) {
            bail!("two members of `{}` would be called `{name}` in C#", self.class);
        }
        Ok(name)
    }
}

/// The names of the variants of one enum with fields, as nested classes.
pub(crate) fn variants(mut members: Members, names: &[&str]) -> Result<Vec<String>> {
    members.taken.extend(TYPES.iter().map(|name| (*name).to_owned()));
    names.iter().map(|name| members.name((*name).to_owned(), "Variant")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_gets_an_at() {
        assert_eq!(parameter("class"), "@class");
        assert_eq!(parameter("is_class"), "isClass");
    }

    #[test]
    fn an_error_ends_in_exception() {
        assert_eq!(exception("FetchError"), "FetchException");
        assert_eq!(exception("Error"), "ErrorException");
        assert_eq!(exception("Plain"), "PlainException");
        assert_eq!(exception("OddException"), "OddException");
    }

    #[test]
    fn a_member_is_not_called_as_its_class() -> Result<()> {
        let mut members = Members::new("Name");
        assert_eq!(members.name("Name".into(), "Value")?, "NameValue");
        assert_eq!(members.name("ToString".into(), "Method")?, "ToStringMethod");
        assert_eq!(members.name("Other".into(), "Value")?, "Other");
        Ok(())
    }

    #[test]
    fn two_members_of_one_name_are_refused() -> Result<()> {
        let mut members = Members::new("Name");
        members.name("Other".into(), "Value")?;
        let refused = members.name("Other".into(), "Value").expect_err("it is there already").to_string();
        assert_eq!(refused, "two members of `Name` would be called `Other` in C#");
        Ok(())
    }
}
