//! Profiles over HTTP, at the addresses where Go programs have them.
//!
//! | address | what |
//! |---|---|
//! | `/debug/pprof/` | a page that leads to the others |
//! | `/debug/pprof/allocs` | all that was allocated since the start, shown first by bytes allocated |
//! | `/debug/pprof/heap` | the same profile, shown first by bytes in use, as Go's is |
//!
//! | parameter | meaning |
//! |---|---|
//! | `seconds=N` | what changes within the next N seconds, 1 to 3600; 0: all since the start |
//! | `debug=0` | as without it; there is no text form, so other values are refused |
//! | `gc=1` | nothing: there is no garbage to collect first |
//!
//! So `go tool pprof http://127.0.0.1:6060/debug/pprof/allocs?seconds=30` works, and so does what
//! collects the profiles of many programs and was made for Go's.
//!
//! [`router`] is for a program that has an axum server already; [`Server`] is one, for programs
//! with tokio and for those without.
//!
//! # Who may ask
//!
//! Anyone who can connect: there is no password. A profile tells the names of a program's
//! functions, the paths of its source files, and how much it is doing, and making one takes time
//! and memory. So [`Server`] listens on the loopback address alone unless told otherwise. Merge
//! [`router`] into a server that strangers can reach only behind something that keeps them out.
//!
//! # Answers
//!
//! A profile is gzipped (`application/octet-stream`), an error is one line of text. None may be
//! cached.
//!
//! - `400`: a parameter that is not as above.
//! - `503`: a profile with `seconds` is being taken for somebody else, and there is one at a time;
//!   `Retry-After` says when that one ends. Whoever hangs up makes room at once.
//! - `500`: the profile could not be made, which is an error of ours.
//!
//! Profiles are made one after the other, on one of tokio's threads for blocking work; the tasks of
//! the program run on.

mod answer;
mod query;
mod server;
mod window;

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::Profiler;
use answer::{ProfileKind, ProfileSource, headers};
#[allow(deprecated)]
pub use server::{Bound, Serving};
pub use server::{BoundServer, Server, ServerHandle};

/// The addresses of the [module](self), to merge into a program's own.
///
/// Takes a [`Profiler`], or an `Arc` of one that is also used elsewhere, as that of
/// [`from_env`](crate::from_env). What runs the router must be a
/// tokio runtime with its clock enabled. One profile with `seconds` is taken at a time, for each
/// router.
///
/// ```
/// use axum::{Router, routing::get};
/// use repool_prof::{ProfAlloc, Profiler};
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// # fn main() -> Result<(), repool_prof::StartError> {
/// let profiler = Profiler::builder().start()?;
/// let app: Router = Router::new()
///     .route("/", get(|| async { "hello" }))
///     .merge(repool_prof::http::router(profiler));
/// # drop(app);
/// # Ok(())
/// # }
/// ```
pub fn router(profiler: impl Into<Arc<Profiler>>) -> Router {
    Router::new()
        .route("/debug/pprof", get(to_index))
        .route("/debug/pprof/", get(index))
        .route("/debug/pprof/allocs", get(allocs))
        .route("/debug/pprof/heap", get(heap))
        .with_state(ProfileSource::new(profiler.into()))
}

async fn allocs(State(source): State<ProfileSource>, RawQuery(query): RawQuery) -> Response {
    source
        .answer(ProfileKind::Allocs, query)
        .await
        .into_response()
}

async fn heap(State(source): State<ProfileSource>, RawQuery(query): RawQuery) -> Response {
    source
        .answer(ProfileKind::Heap, query)
        .await
        .into_response()
}

/// Relative, for the router may be nested in another one.
async fn to_index() -> Response {
    use axum::http::StatusCode;
    (
        StatusCode::PERMANENT_REDIRECT,
        [(header::LOCATION, "pprof/")],
    )
        .into_response()
}

async fn index() -> Response {
    let page = include_str!("index.html");
    (headers("text/html; charset=utf-8"), page).into_response()
}
