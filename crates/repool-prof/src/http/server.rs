//! A server for profiles alone, on a tokio runtime of the program or on a thread with its own.

use std::future::IntoFuture;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use axum::Router;
use repool::process;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use super::router;
use crate::profiler::Profiler;

/// Serves the addresses of the [module](super), and nothing else.
///
/// It listens on 127.0.0.1:6060, which only programs on this machine can reach, unless
/// [`address`](Server::address) or [`port`](Server::port) is called. On another address every client
/// that can reach it may ask, without a password; see [access](super#access).
///
/// In a program without tokio:
///
/// ```
/// use repool_prof::{ProfAlloc, Profiler, http::Server};
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let profiler = Profiler::builder().start()?;
///     let serving = Server::new(profiler).port(0).spawn()?; // 0: any port that is free
///     println!("http://{}/debug/pprof/", serving.local_addr());
///     // …
///     Ok(()) // the server ends with `serving`
/// }
/// ```
///
/// In a program with tokio, whose runtime must have its clock and its sockets enabled:
///
/// ```no_run
/// # use repool_prof::{Profiler, http::Server};
/// # async fn example(profiler: Profiler) -> std::io::Result<()> {
/// let bound = Server::new(profiler).bind().await?; // fails now if the port is taken
/// println!("http://{}/debug/pprof/", bound.local_addr());
/// tokio::spawn(bound.serve());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "does nothing until `bind`, `serve` or `spawn` is called"]
pub struct Server {
    profiler: Arc<Profiler>,
    address: SocketAddr,
}

impl Server {
    /// A server on 127.0.0.1:6060. Takes a [`Profiler`], or an `Arc` of one that is also used elsewhere,
    /// as that of [`from_env`](crate::from_env).
    pub fn new(profiler: impl Into<Arc<Profiler>>) -> Self {
        Self {
            profiler: profiler.into(),
            address: (Ipv4Addr::LOCALHOST, 6060).into(),
        }
    }

    /// Listens on this address instead. Every client that can reach it may ask; see
    /// [access](super#access).
    ///
    /// ```no_run
    /// # use repool_prof::{Profiler, http::Server};
    /// let profiler = Profiler::builder().start()?;
    /// let serving = Server::new(profiler).address(([10, 0, 0, 1], 6060)).spawn()?;
    /// # drop(serving);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn address(mut self, address: impl Into<SocketAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// Listens on this port instead; 0 for any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Listens, without answering yet.
    ///
    /// # Errors
    ///
    /// If the address is in use, or not this machine's.
    pub async fn bind(self) -> io::Result<BoundServer> {
        let listener = TcpListener::bind(self.address).await?;
        Ok(BoundServer {
            address: listener.local_addr()?,
            listener,
            router: router(self.profiler),
        })
    }

    /// Listens, and answers until it is dropped.
    ///
    /// # Errors
    ///
    /// Those of [`bind`](Server::bind).
    ///
    /// ```no_run
    /// # use repool_prof::{Profiler, http::Server};
    /// # async fn example(profiler: Profiler) {
    /// tokio::spawn(Server::new(profiler).serve());
    /// # }
    /// ```
    pub async fn serve(self) -> io::Result<()> {
        self.bind().await?.serve().await
    }

    /// Starts a thread, `repool-http`, that serves on a runtime of its own.
    ///
    /// # Errors
    ///
    /// Those of [`bind`](Server::bind), and if the system cannot start a thread.
    pub fn spawn(self) -> io::Result<ServerHandle> {
        let listener = std::net::TcpListener::bind(self.address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name("repool-http")
            .build()?;
        let listener = {
            let _sockets = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let router = router(self.profiler);
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("repool-http".into())
            .spawn(move || {
                runtime.spawn(axum::serve(listener, router).into_future());
                // Ends if the handle sends, or is gone.
                let _ = runtime.block_on(stopped);
            })?;
        Ok(ServerHandle {
            address,
            stop: Some(stop),
            thread: Some(thread),
            process: process::id(),
        })
    }
}

/// A [`Server`] that listens, from [`Server::bind`]. Clients can connect and wait.
#[derive(Debug)]
#[must_use = "answers no request until `serve` is called"]
pub struct BoundServer {
    address: SocketAddr,
    listener: TcpListener,
    router: Router,
}

/// The former name of [`BoundServer`].
#[deprecated(since = "0.1.0", note = "renamed to `BoundServer`")]
pub type Bound = BoundServer;

/// The former name of [`ServerHandle`].
#[deprecated(since = "0.1.0", note = "renamed to `ServerHandle`")]
pub type Serving = ServerHandle;

impl BoundServer {
    /// The address that it listens on. If the port was 0, this has the one that the system chose.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the future is dropped. A connection that fails is no error.
    ///
    /// # Errors
    ///
    /// None at present.
    pub async fn serve(self) -> io::Result<()> {
        axum::serve(self.listener, self.router).await
    }
}

/// Owns a running server, from [`Server::spawn`], which ends when this is dropped.
///
/// The drop closes all connections, and waits for a profile that is being made. To serve until the
/// process ends, keep the handle in `main`, or [forget](std::mem::forget) it. A forked child has no
/// server, and there the drop does nothing.
#[derive(Debug)]
#[must_use = "the server ends when this is dropped"]
pub struct ServerHandle {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// The identity of the process that has the thread.
    process: u32,
}

impl ServerHandle {
    /// The address that it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        let (stop, thread) = (self.stop.take(), self.thread.take());
        if self.process != process::id() {
            // The thread and the runtime that the sender would wake are the parent's.
            std::mem::forget((stop, thread));
            return;
        }
        drop(stop);
        if let Some(thread) = thread {
            // An error means that the thread panicked, and has ended.
            let _ = thread.join();
        }
    }
}
