//! From a question to a profile.

use std::sync::Arc;

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tokio::task;

use super::place::{Place, Taken};
use super::query::{BadQuery, Query};
use crate::{Profiler, Snapshot};

/// Which of the two names of the profile was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Allocs,
    Heap,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Allocs => "allocs",
            Kind::Heap => "heap",
        }
    }

    fn default_sample_type(self) -> &'static str {
        match self {
            Kind::Allocs => "alloc_space",
            Kind::Heap => "inuse_space",
        }
    }
}

/// What profiles are made from.
#[derive(Clone)]
pub(super) struct Source {
    profiler: Arc<Profiler>,
    /// For the profile with `seconds`.
    place: Arc<Place>,
    /// For the one that makes a profile now: more at once would only want more memory.
    hand: Arc<Semaphore>,
}

impl Source {
    pub(super) fn new(profiler: Arc<Profiler>) -> Self {
        Self {
            profiler,
            place: Arc::default(),
            hand: Arc::new(Semaphore::new(1)),
        }
    }

    /// The answer's body and headers. Dropped half-way, as when the client hangs up, it lets go of
    /// its place.
    pub(super) async fn answer(
        self,
        kind: Kind,
        query: Option<String>,
    ) -> Result<Response, Refusal> {
        let Query { window } = Query::parse(query.as_deref().unwrap_or_default())?;
        let (profile, suffix) = match window {
            None => {
                let make = move |profiler: &Profiler| bytes(kind, &profiler.snapshot());
                (self.work(make).await?, "")
            }
            Some(window) => {
                let _taken = self.place.take(window)?;
                let earlier = self.work(Profiler::snapshot).await?;
                tokio::time::sleep(window).await;
                let make = move |profiler: &Profiler| {
                    bytes(kind, &profiler.snapshot().delta_since(&earlier))
                };
                (self.work(make).await?, "-delta")
            }
        };
        let name = kind.name();
        let disposition = format!("attachment; filename=\"{name}{suffix}\"");
        let disposition = [(header::CONTENT_DISPOSITION, disposition)];
        Ok((headers("application/octet-stream"), disposition, profile?).into_response())
    }

    /// Does `work` where it may take its time, nothing else of ours beside it.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Profiler) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        // Never closed.
        let turn = Arc::clone(&self.hand).acquire_owned().await.ok();
        let profiler = Arc::clone(&self.profiler);
        let worked = task::spawn_blocking(move || {
            // Here, for this goes on when nobody waits any more.
            let _turn = turn;
            work(&profiler)
        });
        worked.await.map_err(|_| Refusal::Failed)
    }
}

fn bytes(kind: Kind, snapshot: &Snapshot) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    snapshot
        .export()
        .default_sample_type(kind.default_sample_type())
        .write_to(&mut bytes)
        .map_err(|_| Refusal::Failed)?;
    Ok(bytes)
}

/// The headers of every answer that has a body.
pub(super) fn headers(content: &'static str) -> [(HeaderName, &'static str); 3] {
    [
        (header::CONTENT_TYPE, content),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ]
}

/// Why there is no profile.
#[derive(Debug)]
pub(super) enum Refusal {
    Query(BadQuery),
    Taken(Taken),
    Failed,
}

impl From<BadQuery> for Refusal {
    fn from(bad: BadQuery) -> Self {
        Self::Query(bad)
    }
}

impl From<Taken> for Refusal {
    fn from(taken: Taken) -> Self {
        Self::Taken(taken)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let headers = headers("text/plain; charset=utf-8");
        // Only if it finds this does `go tool pprof` show the line.
        let for_go = [("x-go-pprof", "1")];
        match self {
            Self::Query(BadQuery(problem)) => {
                (StatusCode::BAD_REQUEST, headers, for_go, problem + "\n").into_response()
            }
            Self::Taken(Taken { seconds }) => {
                let retry = [(header::RETRY_AFTER, seconds.to_string())];
                let problem = format!(
                    "another profile with seconds= is being taken; try again in {seconds} s\n"
                );
                let status = StatusCode::SERVICE_UNAVAILABLE;
                (status, headers, for_go, retry, problem).into_response()
            }
            Self::Failed => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                (status, headers, for_go, "the profile could not be made\n").into_response()
            }
        }
    }
}
