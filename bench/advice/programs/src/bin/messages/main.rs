//! Messages are encoded with `prost`, each into a vector of its own.

use programs::{bench, cycle};
use prost::Message;
use repool::Pool;
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[derive(Clone, PartialEq, Message)]
struct Order {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(string, tag = "2")]
    customer: String,
    #[prost(uint32, repeated, tag = "3")]
    articles: Vec<u32>,
}

impl Order {
    fn with_id(id: u64) -> Self {
        Self {
            id,
            customer: format!("Customer {id}"),
            articles: (0..id as u32 * 11).collect(),
        }
    }
}

#[inline(never)]
fn send(order: &Order) -> usize {
    let message = order.encode_to_vec(); // line: encode
    message.len()
}

static MESSAGES: Pool<Vec<u8>> = Pool::new(Vec::new);

#[inline(never)]
fn send_pooled(order: &Order) -> usize {
    let mut message = MESSAGES.get();
    order.encode(&mut *message).expect("a Vec takes all");
    message.len()
}

fn main() {
    let orders: Vec<Order> = (0..64).map(Order::with_id).collect();
    let mut next = cycle(orders.len());
    let mut harness = Bench::new();
    bench(&mut harness, "A", || send(&orders[next()]));
    bench(&mut harness, "B", || send_pooled(&orders[next()]));
}
