//! Indices of words are built and kept. A `String` is made for each word before the look-up, and most
//! words are known already.

use std::collections::HashMap;
use std::mem;

use programs::{iterate, log_text};
use repool_bench::{Bench, Run};
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[derive(Default)]
struct Index {
    words: HashMap<String, Vec<u32>>,
    documents: u32,
}

fn words(document: &str) -> impl Iterator<Item = &str> {
    let words = document.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty())
}

#[inline(never)]
fn add(index: &mut Index, document: &str) {
    for word in words(document) {
        let word = word.to_owned(); // line: word
        let documents = index.words.entry(word).or_default();
        documents.push(index.documents);
    }
    index.documents += 1;
}

#[inline(never)]
fn add_borrowed(index: &mut Index, document: &str) {
    for word in words(document) {
        match index.words.get_mut(word) {
            Some(documents) => documents.push(index.documents),
            None => {
                let documents = index.words.entry(word.to_owned()).or_default();
                documents.push(index.documents);
            }
        }
    }
    index.documents += 1;
}

/// The documents of an index; `expected.toml` has their number too.
const DOCUMENTS: usize = 200;

/// Builds an index in each iteration, and keeps it until the program ends.
fn build(run: &mut Run, add: fn(&mut Index, &str)) {
    let text = log_text(80 * DOCUMENTS, 5);
    let documents: Vec<&str> = text.lines().take(DOCUMENTS).collect();
    iterate(run, || {
        let mut index = Index::default();
        documents
            .iter()
            .for_each(|document| add(&mut index, document));
        mem::forget(index);
    });
}

fn main() {
    let mut bench = Bench::new();
    bench.run("A", |run| build(run, add));
    bench.run("B", |run| build(run, add_borrowed));
}
