//! A document is read with `quick-xml`, with a buffer for each event.

use programs::bench;
use quick_xml::{Reader, events::Event};
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn total(document: &[u8]) -> u64 {
    let mut reader = Reader::from_reader(document);
    let mut sum = 0;
    loop {
        let mut buffer = Vec::new();
        let event = reader.read_event_into(&mut buffer); // line: event
        match event.expect("a document") {
            Event::Eof => return sum,
            event => sum += quantity(&event),
        }
    }
}

#[inline(never)]
fn total_reused(document: &[u8]) -> u64 {
    let mut reader = Reader::from_reader(document);
    let mut sum = 0;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        match event.expect("a document") {
            Event::Eof => return sum,
            event => sum += quantity(&event),
        }
    }
}

/// The attribute `qty` of an empty element.
fn quantity(event: &Event) -> u64 {
    let Event::Empty(element) = event else {
        return 0;
    };
    let mut attributes = element
        .attributes()
        .map(|known| known.expect("an attribute"));
    let quantity = attributes.find(|attribute| attribute.key.as_ref() == "qty");
    quantity.map_or(0, |quantity| quantity.value.parse().expect("a number"))
}

fn main() {
    let mut document = String::from("<orders>");
    for id in 0..100 {
        document += &format!(
            "<order id=\"{id}\"><customer>Customer &amp; Co {id}</customer><item sku=\"S{id}\" \
             qty=\"{}\"/></order>",
            id % 17
        );
    }
    document += "</orders>";
    let mut harness = Bench::new();
    bench(&mut harness, "A", || total(document.as_bytes()));
    bench(&mut harness, "B", || total_reused(document.as_bytes()));
}
