//! A tree is printed by recursion. Each level has a text of its own, which is live while the levels below
//! make theirs, so that one kept text would be overwritten.

use programs::bench;
use repool::{Pool, Pooled};
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

struct Node {
    name: &'static str,
    children: Vec<Node>,
}

#[inline(never)]
fn print(node: &Node, out: &mut String) {
    let mut text = String::with_capacity(64); // line: print
    text.push_str(node.name);
    for child in &node.children {
        print(child, &mut text);
    }
    out.push_str(&text);
}

static TEXTS: Pool<String> = Pool::new(|| String::with_capacity(64));

#[inline(never)]
fn print_pooled(node: &Node, out: &mut String) {
    let mut text = TEXTS.get();
    text.push_str(node.name);
    for child in &node.children {
        print_pooled(child, &mut text);
    }
    out.push_str(&text);
}

/// The text is made by a function that returns before the levels below are printed.
#[inline(never)]
fn label(node: &Node) -> String {
    let mut text = String::with_capacity(64); // line: label
    text.push_str(node.name);
    text
}

#[inline(never)]
fn print_labels(node: &Node, out: &mut String) {
    let mut text = label(node);
    for child in &node.children {
        print_labels(child, &mut text);
    }
    out.push_str(&text);
}

#[inline(never)]
fn label_pooled(node: &Node) -> Pooled<'static, String> {
    let mut text = TEXTS.get();
    text.push_str(node.name);
    text
}

#[inline(never)]
fn print_labels_pooled(node: &Node, out: &mut String) {
    let mut text = label_pooled(node);
    for child in &node.children {
        print_labels_pooled(child, &mut text);
    }
    out.push_str(&text);
}

fn tree(depth: usize) -> Node {
    let child = |_| tree(depth - 1);
    Node {
        name: "n",
        children: (0..if depth > 0 { 2 } else { 0 }).map(child).collect(),
    }
}

fn main() {
    let tree = tree(3);
    let mut out = String::with_capacity(4096);
    let mut printed = |print: fn(&Node, &mut String)| {
        out.clear();
        print(&tree, &mut out);
        out.len()
    };
    let mut harness = Bench::new();
    bench(&mut harness, "A", || printed(print));
    bench(&mut harness, "B", || printed(print_pooled));
    bench(&mut harness, "LabelsA", || printed(print_labels));
    bench(&mut harness, "LabelsB", || printed(print_labels_pooled));
}
