//! From a question to a profile.

use std::sync::Arc;

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tokio::task;

use super::query::{Query, QueryError};
use super::window::{WindowInUse, WindowSlot};
use crate::{Profiler, Snapshot};

/// Which of the two names of the profile was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum ProfileKind {
    Allocs,
    Heap,
}

impl ProfileKind {
    fn name(self) -> &'static str {
        match self {
            ProfileKind::Allocs => "allocs",
            ProfileKind::Heap => "heap",
        }
    }

    fn default_sample_type(self) -> &'static str {
        match self {
            ProfileKind::Allocs => "alloc_space",
            ProfileKind::Heap => "inuse_space",
        }
    }
}

/// What profiles are made from.
#[derive(Clone)]
pub(super) struct ProfileSource {
    profiler: Arc<Profiler>,
    /// For the profile with `seconds`.
    window: Arc<WindowSlot>,
    /// For the one that makes a profile now: more at once would only want more memory.
    turn: Arc<Semaphore>,
}

impl ProfileSource {
    pub(super) fn new(profiler: Arc<Profiler>) -> Self {
        Self {
            profiler,
            window: Arc::default(),
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// The answer's body and headers. Dropped half-way, as when the client hangs up, it lets go of
    /// its place.
    pub(super) async fn answer(
        self,
        kind: ProfileKind,
        query: Option<String>,
    ) -> Result<Response, AnswerError> {
        let Query { window } = Query::parse(query.as_deref().unwrap_or_default())?;
        let (profile, suffix) = match window {
            None => {
                let make = move |profiler: &Profiler| bytes(kind, &profiler.snapshot());
                (self.work(make).await?, "")
            }
            Some(window) => {
                let _taken = self.window.take(window)?;
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
    ) -> Result<T, AnswerError> {
        // Never closed.
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok();
        let profiler = Arc::clone(&self.profiler);
        let worked = task::spawn_blocking(move || {
            // Here, for this goes on when nobody waits any more.
            let _turn = turn;
            work(&profiler)
        });
        worked.await.map_err(|_| AnswerError::Failed)
    }
}

fn bytes(kind: ProfileKind, snapshot: &Snapshot) -> Result<Vec<u8>, AnswerError> {
    let mut bytes = Vec::new();
    snapshot
        .export()
        .default_sample_type(kind.default_sample_type())
        .write_to(&mut bytes)
        .map_err(|_| AnswerError::Failed)?;
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
pub(super) enum AnswerError {
    Query(QueryError),
    WindowInUse(WindowInUse),
    Failed,
}

impl From<QueryError> for AnswerError {
    fn from(bad: QueryError) -> Self {
        Self::Query(bad)
    }
}

impl From<WindowInUse> for AnswerError {
    fn from(taken: WindowInUse) -> Self {
        Self::WindowInUse(taken)
    }
}

impl IntoResponse for AnswerError {
    fn into_response(self) -> Response {
        let headers = headers("text/plain; charset=utf-8");
        // Only if it finds this does `go tool pprof` show the line.
        let for_go = [("x-go-pprof", "1")];
        match self {
            Self::Query(QueryError(problem)) => {
                (StatusCode::BAD_REQUEST, headers, for_go, problem + "\n").into_response()
            }
            Self::WindowInUse(WindowInUse { seconds }) => {
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
