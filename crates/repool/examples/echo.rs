//! A tokio echo server that allocates no buffer once it is warm, and a client to show it.
//!
//! `cargo run --release --example echo --features bytes [-- MESSAGES]`
//!
//! The server has two tasks for a connection, as servers that write while they read have: one
//! reads into a pooled buffer, freezes it and sends it on as `Bytes`; the other writes it, and
//! dropping the last clone of the bytes returns the buffer. The client's buffers are pooled too.
//! Both are in this process, over TCP on this machine, and every allocation of either is counted.
//! The program fails if a measured message took one as large as a message.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bytes::Bytes;
use repool::BufPool;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Bytes of a message.
const MESSAGE: usize = 16 * 1024;

static BUFS: BufPool = BufPool::new();

/// The system's allocator, with counts of the allocations and their bytes.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);
/// Allocations large enough for a message.
static BUFFERS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: forwards every call to the system's allocator. (`realloc` and `alloc_zeroed`, which it does not
// define, call `alloc`.)
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        BUFFERS.fetch_add(usize::from(layout.size() >= MESSAGE), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn counts() -> [usize; 3] {
    [&BUFFERS, &ALLOCATIONS, &BYTES].map(|count| count.load(Relaxed))
}

/// Echoes one connection until the other side closes it.
async fn serve(socket: TcpStream) -> io::Result<()> {
    let (mut reader, mut writer) = socket.into_split();
    let (sender, mut frozen) = mpsc::channel::<Bytes>(8);
    let writing = tokio::spawn(async move {
        while let Some(mut bytes) = frozen.recv().await {
            writer.write_all_buf(&mut bytes).await?;
        }
        io::Result::Ok(())
    });
    loop {
        let mut buf = BUFS.with_capacity(MESSAGE);
        if reader.read_buf(&mut *buf).await? == 0 || sender.send(buf.freeze()).await.is_err() {
            break;
        }
    }
    drop(sender);
    writing.await?
}

/// Sends messages and reads them back, one after the other.
async fn talk(socket: &mut TcpStream, messages: usize) -> io::Result<()> {
    for number in 0..messages {
        let mut message = BUFS.with_capacity(MESSAGE);
        message.resize(MESSAGE, number as u8);
        socket.write_all(&message).await?;
        let mut answer = BUFS.get_zeroed(MESSAGE);
        socket.read_exact(&mut answer).await?;
        assert!(*answer == *message, "not what was sent");
    }
    Ok(())
}

async fn run(messages: usize) -> io::Result<bool> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut client = TcpStream::connect(listener.local_addr()?).await?;
    let server = tokio::spawn(serve(listener.accept().await?.0));

    talk(&mut client, messages).await?;
    let before = counts();
    talk(&mut client, messages).await?;
    let after = counts();
    drop(client);
    server.await??;

    let spent: [usize; 3] = std::array::from_fn(|n| after[n] - before[n]);
    let [buffers, allocations, bytes] = spent.map(|count| count as f64 / messages as f64);
    println!("{messages} messages of {MESSAGE} bytes to warm up, {messages} measured:");
    println!("  {buffers:.4} buffer allocations a message");
    println!(
        "  {allocations:.2} allocations a message, {bytes:.0} bytes (freezing, 40 bytes each)"
    );
    println!("  {:#}", BUFS.stats());
    Ok(spent[0] == 0)
}

fn main() -> ExitCode {
    let messages = std::env::args().nth(1).map_or(Ok(10_000), |n| n.parse());
    let Ok(messages @ 1..) = messages else {
        eprintln!("echo: give the number of messages, 1 or more");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    match runtime.and_then(|runtime| runtime.block_on(run(messages))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("echo: a warm server allocated a buffer");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("echo: {error}");
            ExitCode::FAILURE
        }
    }
}
