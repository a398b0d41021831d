//! Makes the answer to a request: the profile, or an error.

use std::sync::Arc;

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tokio::task;

use super::query::{Query, QueryError};
use super::window::{WindowInUse, WindowSlot};
use crate::profiler::Profiler;
use crate::snapshot::Snapshot;

/// The name under which the profile was requested. The data is the same.
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

/// Makes profiles; the state of a router.
#[derive(Clone)]
pub(super) struct ProfileSource {
    profiler: Arc<Profiler>,
    /// Held while a profile with `seconds` is taken.
    window: Arc<WindowSlot>,
    /// Held while a profile is made. One at a time, because several would need more memory and not
    /// be faster.
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

    /// The answer to a request. If the future is dropped, because the client disconnected, it
    /// releases the window.
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

    /// Runs `work` on a thread for blocking work, one at a time.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Profiler) -> T + Send + 'static,
    ) -> Result<T, AnswerError> {
        // Never fails: the semaphore is not closed.
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok();
        let profiler = Arc::clone(&self.profiler);
        let worked = task::spawn_blocking(move || {
            // Moved into the closure, which runs on also if the client disconnects.
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

/// Why a request gets no profile.
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
        // `go tool pprof` shows the line only with this header.
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
