//! The native part of the jar `integrador`: `integrador::blocking` for Java.
//!
//! There is one native method, `dev.integrador.internal.Native.call`: a request as bytes, an answer as bytes ([`bytes`] says how
//! they are written). So no reference to a class or an object of Java is ever held here, which would keep the class loader of a web
//! application that is redeployed; no thread of the core is ever attached to the JVM; and there is little to get wrong. It
//! converts values and holds no logic; the package `dev.integrador` around it is what applications see.

mod bytes;
mod calls;
mod given;
mod handles;
mod json;
mod logs;
mod mesh;
mod operations;
mod shown;

use integrador::guarded;
use jni::EnvUnowned;
use jni::errors::{Result as JniResult, ThrowRuntimeExAndDefault};
use jni::objects::{JByteArray, JClass};

/// What `Native.call` does. An error of the core, or a panic, is an answer; only what the JVM itself fails at is thrown from here.
#[expect(unsafe_code, reason = "the JVM finds it by its name")]
#[unsafe(no_mangle)]
pub extern "system" fn Java_dev_integrador_internal_Native_call<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
) -> JByteArray<'local> {
    let called = env.with_env(|env| -> JniResult<JByteArray<'local>> {
        let request = env.convert_byte_array(&request)?;
        env.byte_array_from_slice(&shown::answer(guarded(|| calls::call(&request))))
    });
    called.resolve::<ThrowRuntimeExAndDefault>()
}
