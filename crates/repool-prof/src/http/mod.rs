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
//! So `go tool pprof http://127.0.0.1:6060/debug/pprof/allocs?seconds=30` works, and so do tools that
//! collect the profiles of many Go programs.
//!
//! [`router`] is for a program that has an axum server already; [`Server`] is a server for profiles
//! alone, for programs with tokio and without.
//!
//! # Access
//!
//! Every client that can connect may ask: there is no password. A profile shows the names of the
//! program's functions, the paths of its source files and its load, and making one takes time and
//! memory. So [`Server`] listens on the loopback address by default. If other machines can reach the
//! server, put access control before [`router`].
//!
//! # Answers
//!
//! A profile is gzipped (`application/octet-stream`), an error is one line of text. Neither may be
//! cached.
//!
//! - `400`: a parameter is not as above.
//! - `503`: a profile with `seconds` is being taken for another client, and only one is taken at a
//!   time; `Retry-After` says when it ends. It ends at once if its client disconnects.
//! - `500`: the profile could not be made, which is a bug of this crate.
//!
//! Profiles are made one after the other, on one of tokio's threads for blocking work; the tasks of
//! the program run on.
//!
//! In this module `query` parses the parameters, `answer` makes the response, `window` allows one
//! profile with `seconds` at a time, and `server` has [`Server`].

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

use crate::profiler::Profiler;
use answer::{ProfileKind, ProfileSource, headers};
#[allow(deprecated)]
pub use server::{Bound, Serving};
pub use server::{BoundServer, Server, ServerHandle};

/// A router with the addresses of the [module](self), to merge into a program's own.
///
/// Takes a [`Profiler`], or an `Arc` of one that is also used elsewhere, as that of
/// [`from_env`](crate::from_env). The router must run on a tokio runtime with its clock enabled. Each
/// router takes one profile with `seconds` at a time.
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

/// Redirects to the index. The target is relative, because the router may be nested in another one.
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
