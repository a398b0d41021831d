//! Classifies functions by their names for the removal of runtime frames.

use repool_profile::FOLDED_CRATES;

/// The name of the function at which std's short backtrace ends, from the leaf to the root.
const BEGIN: &str = "__rust_begin_short_backtrace";

/// The name of the function at which std's short backtrace continues, from the leaf to the root.
const END: &str = "__rust_end_short_backtrace";

/// The role of a function in a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `__rust_begin_short_backtrace`.
    Begin,
    /// `__rust_end_short_backtrace`.
    End,
    /// A function by which std calls the function that a thread or an executor runs.
    Call,
    /// Any other function of the standard library.
    Std,
    /// A function by which an executor runs tasks.
    Executor,
    /// Any other function.
    Own,
}

/// Prefixes of the paths of std's functions that only call another one, at a thread's start or
/// between an executor and its task.
const CALLS: &[&str] = &[
    "core::ops::function::",
    "core::panic::unwind_safe::",
    "std::panic::catch_unwind",
    "std::panicking::try",
    "std::panicking::do_call",
    "std::panicking::catch_unwind",
    "std::thread::",
    "std::sys::",
    "alloc::boxed::Box<F",
    "alloc::boxed::Box<dyn",
    "alloc::boxed::Box<(dyn",
    "core::pin::Pin",
    "core::future::",
    "__rust_try",
];

/// Prefixes of the paths of executors' functions that run tasks.
const EXECUTORS: &[&str] = &[
    "tokio::runtime::",
    "tokio::task::",
    "tokio::loom::",
    "tokio::macros::scoped_tls::",
    "tokio::util::",
    "async_executor::",
    "async_global_executor::",
    "async_std::rt::",
    "async_std::task::",
    "async_task::",
    "blocking::",
    "crossbeam_utils::thread::",
    "futures_executor::",
    "futures_lite::future::block_on",
    "rayon_core::",
    "smol::",
];

impl Role {
    /// The role of the function with this name.
    pub(super) fn of(name: &str) -> Self {
        if is_mark(name) {
            return Self::Begin;
        }
        if name.contains(END) {
            return Self::End;
        }
        let path = path(name);
        let is_in = |paths: &[&str]| paths.iter().any(|one| path.starts_with(one));
        let is_std = || is_in(&["std::", "core::", "alloc::"]);
        match () {
            () if is_in(CALLS) => Self::Call,
            () if is_std() => Self::Std,
            () if is_in(EXECUTORS) => Self::Executor,
            () => Self::Own,
        }
    }
}

/// The path by which a function is classified. Of `<a::B<C> as d::E>::f` it is the type's path, or
/// the trait's if the type is a generic parameter or has no path.
fn path(name: &str) -> &str {
    let Some(inner) = name.strip_prefix('<') else {
        return name;
    };
    let inner = inner
        .trim_start_matches('&')
        .trim_start_matches("mut ")
        .trim_start_matches('<');
    let of_type = inner.split([' ', '>', '<']).next().unwrap_or(inner);
    let has_path = of_type.contains("::")
        && of_type.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && !of_type.contains('(');
    match inner.split_once(" as ") {
        Some((_, of_trait)) if !has_path => of_trait,
        _ => inner,
    }
}

/// Whether the function is `__rust_begin_short_backtrace`.
pub(super) fn is_mark(name: &str) -> bool {
    name.contains(BEGIN)
}

/// Whether a function only allocates for its caller: it is of a crate whose innermost frames
/// `repool-prof` removes.
pub(super) fn is_folded(name: &str) -> bool {
    function_crate(name).is_some_and(is_folded_crate)
}

/// Whether `repool-prof` removes the innermost frames of this crate.
pub(crate) fn is_folded_crate(name: &str) -> bool {
    FOLDED_CRATES.contains(&name)
}

/// The crate of a function: the first part of the path by which it is classified. `None` for a name
/// that is not a path.
pub(crate) fn function_crate(name: &str) -> Option<&str> {
    let (first, _) = path(name).split_once("::")?;
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    (!first.is_empty() && first.chars().all(is_name)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_classified_by_their_names() {
        for (name, role) in [
            (
                "std::sys::backtrace::__rust_begin_short_backtrace",
                Role::Begin,
            ),
            (
                "std::sys_common::backtrace::__rust_begin_short_backtrace::<fn(), ()>",
                Role::Begin,
            ),
            (
                "_ZN3std3sys9backtrace28__rust_begin_short_backtrace17h0E",
                Role::Begin,
            ),
            ("std::sys::backtrace::__rust_end_short_backtrace", Role::End),
            ("core::ops::function::FnOnce::call_once", Role::Call),
            (
                "core::ops::function::FnOnce::call_once{{vtable.shim}}",
                Role::Call,
            ),
            (
                "<core::panic::unwind_safe::AssertUnwindSafe<F> as core::ops::function::FnOnce<()>>::call_once",
                Role::Call,
            ),
            (
                "<alloc::boxed::Box<F,A> as core::ops::function::FnOnce<Args>>::call_once",
                Role::Call,
            ),
            (
                "<fn(app::A) as core::ops::function::FnOnce<(app::A,)>>::call_once",
                Role::Call,
            ),
            (
                "<F as core::ops::function::FnOnce<()>>::call_once",
                Role::Call,
            ),
            ("std::thread::local::LocalKey<T>::with", Role::Call),
            (
                "<core::pin::Pin<P> as core::future::future::Future>::poll",
                Role::Call,
            ),
            ("__rust_try", Role::Call),
            ("core::option::Option<T>::map", Role::Std),
            (
                "<alloc::vec::Vec<T> as core::clone::Clone>::clone",
                Role::Std,
            ),
            ("<T as alloc::string::ToString>::to_string", Role::Std),
            ("tokio::runtime::task::raw::poll", Role::Executor),
            (
                "<tokio::runtime::blocking::task::BlockingTask<T> as core::future::future::Future>::poll",
                Role::Executor,
            ),
            (
                "<rayon_core::job::StackJob<L,F,R> as rayon_core::job::Job>::execute",
                Role::Executor,
            ),
            ("tokio::net::tcp::stream::TcpStream::connect", Role::Own),
            (
                "<app::Task as core::future::future::Future>::poll",
                Role::Own,
            ),
            (
                "<&app::Task as core::future::future::Future>::poll",
                Role::Own,
            ),
            ("app::main", Role::Own),
            ("main", Role::Own),
            ("libc.so.6+0x1234", Role::Own),
            ("", Role::Own),
        ] {
            assert_eq!(Role::of(name), role, "{name}");
        }
    }
}
