//! Messages of 300 B to 12 KiB are compressed with `snap`, with an encoder and an output for each.

use programs::{bench, cycle, log_text};
use repool::{Pool, StaticPool};
use repool_bench::Bench;
use repool_prof::ProfAlloc;
use snap::raw::{Encoder, max_compress_len};

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn send(message: &[u8]) -> usize {
    let sent = Encoder::new().compress_vec(message); // line: send
    sent.expect("the message is short").len()
}

struct Sender {
    encoder: Encoder,
    output: Vec<u8>,
}

impl Sender {
    fn new() -> Self {
        Self {
            encoder: Encoder::new(),
            output: Vec::new(),
        }
    }
}

static SENDERS: StaticPool<Sender> = Pool::with(Sender::new, |_| true);

#[inline(never)]
fn send_pooled(message: &[u8]) -> usize {
    let mut sender = SENDERS.get();
    let Sender { encoder, output } = &mut *sender;
    let most = max_compress_len(message.len());
    if output.len() < most {
        output.resize(most, 0);
    }
    let sent = encoder.compress(message, output);
    sent.expect("the output is long enough")
}

fn main() {
    let message = |index: usize| log_text(300 + index * 187, index as u64);
    let messages: Vec<String> = (0..64).map(message).collect();
    let mut next = cycle(messages.len());
    let mut harness = Bench::new();
    bench(&mut harness, "A", || send(messages[next()].as_bytes()));
    bench(&mut harness, "B", || {
        send_pooled(messages[next()].as_bytes())
    });
}
