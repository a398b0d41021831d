//! A server of its own, for profiles alone.

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
use crate::Profiler;

/// Serves the addresses of the [module](super), and nothing else.
///
/// It listens on 127.0.0.1:6060 unless [`address`](Server::address) or [`port`](Server::port) says
/// otherwise: only programs on this machine can ask. Another address lets in whoever can reach it,
/// without a password; see [who may ask](super#who-may-ask).
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
#[must_use = "does nothing until it is told to serve"]
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

    /// Listens here instead. An address that others can reach lets others ask.
    pub fn address(mut self, address: impl Into<SocketAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// Listens on this port instead; 0 for any that is free.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Listens, and answers nobody yet.
    ///
    /// # Errors
    ///
    /// If the address is taken, or not this machine's.
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
    /// As [`bind`](Server::bind).
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

    /// Starts a thread, `repool-http`, that serves, with a runtime of its own.
    ///
    /// # Errors
    ///
    /// As [`bind`](Server::bind), and if the system gives no thread.
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
                // Either way there is nobody who wants it any more.
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
#[must_use = "answers nobody until it is told to serve"]
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
    /// Where it listens; the port is the one that was found where 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped. Connections that fail are no errors.
    ///
    /// # Errors
    ///
    /// None today.
    pub async fn serve(self) -> io::Result<()> {
        axum::serve(self.listener, self.router).await
    }
}

/// A server at work, from [`Server::spawn`]: it ends when this is dropped.
///
/// Dropping it hangs up on all clients, and waits for the profile that is being made, if one is.
/// To serve until the process ends, keep it in `main`, or [forget](std::mem::forget) it. In a
/// process that was forked there is no server, and dropping this does nothing.
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
    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        let (stop, thread) = (self.stop.take(), self.thread.take());
        if self.process != process::id() {
            // The thread is the parent's, and so is what would wake it.
            std::mem::forget((stop, thread));
            return;
        }
        drop(stop);
        if let Some(thread) = thread {
            // If it panicked it has ended all the same.
            let _ = thread.join();
        }
    }
}
