//! Calls: the signature of a method in C#, and its body.

use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{Argument, AsType, Callable, FfiType, Type};

use crate::names;
use crate::types::{Types, is_owned, native, plain};

const WIDTH: usize = 140;

/// One member of a class: its comment, the lines of its signature, those between its braces.
pub(crate) struct Member {
    pub(crate) docs: Vec<String>,
    pub(crate) signature: Vec<String>,
    pub(crate) body: Vec<String>,
}

/// What the result becomes.
pub(crate) enum Outcome {
    /// It is returned, lifted.
    Return,
    /// It is used by this statement, in which it is called `_result`.
    Statement(String),
}

/// A call to be written.
pub(crate) struct Call<'a> {
    pub(crate) types: &'a Types<'a>,
    pub(crate) callable: &'a dyn Callable,
    /// What the receiver is lowered by, if there is one.
    pub(crate) receiver: Option<String>,
    pub(crate) outcome: Outcome,
    /// Whether arguments may be null that Rust doesn't take as nothing: they have been looked at.
    pub(crate) nulls_are_checked: bool,
}

/// An argument, or the receiver, on its way.
struct Lowered {
    local: String,
    native: &'static str,
    expression: String,
    /// The statement that gives it up again.
    free: Option<String>,
}

impl Call<'_> {
    fn error(&self) -> Option<String> {
        self.callable.throws_type().and_then(|ty| self.types.class(ty))
    }

    pub(crate) fn docs(&self) -> Vec<String> {
        let error = match self.callable.throws_type() {
            Some(Type::Enum { name, .. }) => self.types.interface.get_enum_definition(name),
            _ => None,
        };
        let throws = self.error().zip(error.map(|e| e.docstring()));
        crate::docs::comment(self.callable.docstring(), throws.as_ref().map(|(class, docs)| (class.as_str(), *docs)))
    }

    /// The return type in C#.
    pub(crate) fn returns(&self) -> String {
        let result = self.callable.return_type().map(|ty| self.types.name(ty));
        match (self.callable.is_async(), result) {
            (true, Some(result)) => format!("Task<{result}>"),
            (true, None) => "Task".into(),
            (false, result) => result.unwrap_or_else(|| "void".into()),
        }
    }

    /// The signature after these words, the last of which is the name.
    pub(crate) fn signature(&self, words: &str) -> Vec<String> {
        let mut parameters: Vec<String> = self
            .callable
            .arguments()
            .iter()
            .map(|a| format!("{} {}", self.types.name(&a.as_type()), names::parameter(a.name())))
            .collect();
        if self.callable.is_async() {
            parameters.push("CancellationToken cancellationToken = default".into());
        }
        signature(words, &parameters)
    }

    pub(crate) fn is_unsafe(&self) -> bool {
        self.callable.arguments().iter().any(|a| a.is_borrowed_bytes())
    }

    pub(crate) fn body(&self) -> Vec<String> {
        let arguments = self.callable.arguments();
        let mut lines = Vec::new();
        for argument in arguments.iter().filter(|a| !self.nulls_are_checked && self.types.refuses_null(&a.as_type())) {
            let name = names::parameter(argument.name());
            lines.extend(block(
                &format!("if ({name} is null)"),
                &[format!("throw new ArgumentNullException(nameof({name}));")],
            ));
        }
        if self.callable.is_async() {
            let result =
                self.callable.return_type().map_or_else(String::new, |ty| format!("<{}>", self.types.name(ty)));
            let none = format!("return Task.FromCanceled{result}(cancellationToken);");
            lines.extend(block("if (cancellationToken.IsCancellationRequested)", &[none]));
        }
        if self.receiver.is_none() {
            lines.push("RustLibrary.Check();".into());
        }
        let mut inside = self.lowering(&arguments);
        inside.extend(if self.callable.is_async() { self.future() } else { self.call() });
        for argument in arguments.iter().filter(|a| a.is_borrowed_bytes()) {
            inside = block(
                &format!(
                    "fixed (byte* {}Data = {})",
                    names::lowered(argument.name()),
                    names::parameter(argument.name())
                ),
                &inside,
            );
        }
        lines.extend(inside);
        lines
    }

    /// Lowers what is lowered; what has been is freed if one of the rest can't be.
    fn lowering(&self, arguments: &[&Argument]) -> Vec<String> {
        // The receiver last: that is where most calls that fail do so, and nothing comes after it.
        let owned: Vec<Lowered> = arguments
            .iter()
            .filter(|a| !a.is_borrowed_bytes() && is_owned(&a.as_type()))
            .map(|a| self.lowered(a))
            .collect();
        let receiver = self.receiver.iter().map(|expression| Lowered {
            local: "_self".into(),
            native: if expression.starts_with("ToRust") { "ulong" } else { "RustBuffer" },
            expression: expression.clone(),
            free: None,
        });
        let all: Vec<Lowered> = owned.into_iter().chain(receiver).collect();
        let Some((_, before)) = all.split_last().filter(|(_, before)| !before.is_empty()) else {
            return all.iter().map(|one| format!("var {} = {};", one.local, one.expression)).collect();
        };
        let declared = all.iter().map(|one| format!("var {} = default({});", one.local, one.native));
        let assigned: Vec<String> = all.iter().map(|one| format!("{} = {};", one.local, one.expression)).collect();
        let freed: Vec<String> = before.iter().filter_map(|one| one.free.clone()).chain(["throw;".into()]).collect();
        declared.chain(block("try", &assigned)).chain(block("catch", &freed)).collect()
    }

    fn lowered(&self, argument: &Argument) -> Lowered {
        let ty = argument.as_type();
        let local = names::lowered(argument.name());
        let is_object = matches!(plain(&ty), Type::Object { .. });
        let free =
            if is_object { format!("{}.FreeRust({local});", self.types.name(&ty)) } else { format!("{local}.Free();") };
        Lowered {
            native: if is_object { "ulong" } else { "RustBuffer" },
            expression: self.types.lower(&ty, &names::parameter(argument.name())),
            free: Some(free),
            local,
        }
    }

    /// What the native function is given, without the status.
    fn given(&self) -> Vec<String> {
        let receiver = self.receiver.iter().map(|_| "_self".to_owned());
        let arguments = self.callable.arguments().into_iter().map(|argument| {
            let (parameter, local) = (names::parameter(argument.name()), names::lowered(argument.name()));
            if argument.is_borrowed_bytes() {
                format!("new ForeignBytes({local}Data, {parameter}.Length)")
            } else if is_owned(&argument.as_type()) {
                local
            } else {
                self.types.lower(&argument.as_type(), &parameter)
            }
        });
        receiver.chain(arguments).collect()
    }

    fn lift_error(&self) -> Option<String> {
        self.error().map(|class| format!("_error => Converters.Lift{class}(_error)"))
    }

    fn call(&self) -> Vec<String> {
        let given: Vec<String> = self.given().into_iter().chain(["ref _status".into()]).collect();
        let call = format!("NativeMethods.{}({});", self.callable.ffi_func().name(), given.join(", "));
        let result = self.callable.return_type();
        let mut lines = vec!["var _status = default(RustCallStatus);".into()];
        lines.push(if result.is_some() { format!("var _result = {call}") } else { call });
        lines.push(format!("_status.Check({});", self.lift_error().unwrap_or_default()));
        match (&self.outcome, result) {
            (Outcome::Return, Some(ty)) => lines.push(format!("return {};", self.types.lift(ty, "_result"))),
            (Outcome::Return, None) => {}
            (Outcome::Statement(statement), _) => lines.push(statement.clone()),
        }
        lines
    }

    fn future(&self) -> Vec<String> {
        let future = Future::new(self.types.interface, self.callable.return_type());
        let call = format!("NativeMethods.{}({})", self.callable.ffi_func().name(), self.given().join(", "));
        let (generic, lift) = match self.callable.return_type() {
            Some(ty) => {
                (format!("<{}>", self.types.name(ty)), Some(format!("_result => {}", self.types.lift(ty, "_result"))))
            }
            None => (String::new(), None),
        };
        let given: Vec<String> = [call].into_iter().chain(lift).chain(self.lift_error()).collect();
        let (last, before) = given.split_last().expect("the call at least");
        let arguments = before.iter().map(|one| format!("    {one},")).chain([format!("    {last});")]);
        [format!("var _future = new {}{generic}(", future.class)]
            .into_iter()
            .chain(arguments)
            .chain(["return _future.Run(cancellationToken);".into()])
            .collect()
    }
}

fn signature(words: &str, parameters: &[String]) -> Vec<String> {
    let line = format!("{words}({})", parameters.join(", "));
    if line.len() <= WIDTH {
        return vec![line];
    }
    let (last, rest) =
        parameters.split_last().map_or((String::new(), &parameters[..0]), |(last, rest)| (last.clone(), rest));
    let lines = rest.iter().map(|parameter| format!("    {parameter},"));
    [format!("{words}(")].into_iter().chain(lines).chain([format!("    {last})")]).collect()
}

/// A constructor's signature, broken where a method's would be.
pub(crate) fn constructor(class: &str, parameters: &[String]) -> Vec<String> {
    signature(&format!("public {class}"), parameters)
}

fn block(head: &str, lines: &[String]) -> Vec<String> {
    let inside = lines.iter().map(|line| format!("    {line}"));
    [head.to_owned(), "{".into()].into_iter().chain(inside).chain(["}".into()]).collect()
}

/// Futures whose results travel in the same way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Future {
    pub(crate) class: String,
    pub(crate) lowered: &'static str,
    pub(crate) is_void: bool,
    pub(crate) poll: String,
    pub(crate) cancel: String,
    pub(crate) complete: String,
    pub(crate) free: String,
}

impl Future {
    pub(crate) fn new(interface: &ComponentInterface, result: Option<&Type>) -> Self {
        let ffi = result.map(FfiType::from);
        let kind = FfiType::return_type_name(ffi.as_ref());
        Self {
            class: format!("RustFuture{}", names::pascal(&kind)),
            lowered: ffi.as_ref().map_or("bool", native),
            is_void: ffi.is_none(),
            poll: interface.ffi_rust_future_poll(ffi.clone()).name().to_owned(),
            cancel: interface.ffi_rust_future_cancel(ffi.clone()).name().to_owned(),
            complete: interface.ffi_rust_future_complete(ffi.clone()).name().to_owned(),
            free: interface.ffi_rust_future_free(ffi).name().to_owned(),
        }
    }
}
