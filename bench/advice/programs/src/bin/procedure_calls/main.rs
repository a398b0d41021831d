//! Calls are decoded and answered in MessagePack with `rmp-serde`: texts are copied from the call, and the
//! answer is a vector of its own.

use programs::{bench, cycle};
use repool_bench::Bench;
use repool_prof::ProfAlloc;
use serde::{Deserialize, Serialize};

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[derive(Serialize, Deserialize)]
struct Call {
    id: u64,
    procedure: String,
    user: String,
    numbers: [u32; 8],
}

/// The same call, with texts that are borrowed.
#[derive(Deserialize)]
struct BorrowedCall<'a> {
    id: u64,
    procedure: &'a str,
    user: &'a str,
    numbers: [u32; 8],
}

#[inline(never)]
fn receive(call: &[u8]) -> u64 {
    let call: Call = rmp_serde::from_slice(call).expect("a call"); // line: call
    key(call.id, &call.procedure, &call.user, &call.numbers)
}

#[inline(never)]
fn receive_borrowed(call: &[u8]) -> u64 {
    let call: BorrowedCall = rmp_serde::from_slice(call).expect("a call");
    key(call.id, call.procedure, call.user, &call.numbers)
}

fn key(id: u64, procedure: &str, user: &str, numbers: &[u32]) -> u64 {
    id + (procedure.len() + user.len()) as u64 + u64::from(numbers[0])
}

#[inline(never)]
fn send(call: &Call) -> usize {
    let sent = rmp_serde::to_vec(call).expect("a call"); // line: send
    sent.len()
}

#[inline(never)]
fn send_reused(call: &Call, sent: &mut Vec<u8>) -> usize {
    sent.clear();
    rmp_serde::encode::write(sent, call).expect("a call");
    sent.len()
}

impl Call {
    fn with_id(id: u32) -> Self {
        Self {
            id: id.into(),
            procedure: format!("service/procedure_{}", "x".repeat(id as usize)),
            user: format!("user-{id}"),
            numbers: [id; 8],
        }
    }
}

fn main() {
    let calls: Vec<Call> = (0..64).map(Call::with_id).collect();
    let received = |call| rmp_serde::to_vec(call).expect("a call");
    let received: Vec<Vec<u8>> = calls.iter().map(received).collect();
    let mut next = cycle(calls.len());
    let mut sent = Vec::new();
    let mut harness = Bench::new();
    bench(&mut harness, "ReceiveA", || receive(&received[next()]));
    bench(&mut harness, "ReceiveB", || {
        receive_borrowed(&received[next()])
    });
    bench(&mut harness, "SendA", || send(&calls[next()]));
    bench(&mut harness, "SendB", || {
        send_reused(&calls[next()], &mut sent)
    });
}
