//! Each closure has a name of its own, from the function in which it was written.

use super::program::{compile, new_directory, stacks_of_crate};
use crate::symbols::ResolvedLine;

/// A program with closures of many functions in one file. A line with a comment has only the closure
/// that the comment names.
const SOURCE: &str = r#"
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};

type Block = Box<[u8; 100]>;
#[inline(always)]
fn block(n: u64) -> Block {
    black_box(Box::new([n as u8; 100]))
}
#[inline(never)]
fn collects(n: u64) -> Vec<Block> {
    (0..n).map(|n| {
        block(n) // collects::{closure#0}
    }).collect()
}
#[inline(never)]
fn collects_too(n: u64) -> Vec<Block> {
    (0..n).filter(|n| {
        block(*n)[2] == 0 // collects_too::{closure#0}
    }).map(|n| {
        block(n + 1) // collects_too::{closure#1}
    }).collect()
}
#[inline(never)]
fn goes_over(n: u64) {
    (0..n).for_each(|n| {
        drop(block(n)) // goes_over::{closure#0}
    });
}
#[inline(never)]
fn retains(line: &mut Vec<u64>) {
    line.retain(|n| {
        block(*n)[7] != 0 // retains::{closure#0}
    });
}
#[inline(never)]
fn sorts(line: &mut [u64]) {
    line.sort_by(|a, b| {
        block(*a)[3].cmp(&block(*b)[4]) // sorts::{closure#0}
    });
}
#[inline(never)]
fn spawns(n: u64) -> Block {
    std::thread::spawn(move || {
        block(n) // spawns::{closure#0}
    }).join().unwrap()
}
#[inline(always)]
fn with<T>(n: u64, f: impl Fn(u64) -> T) -> T {
    f(black_box(n))
}
#[inline(never)]
fn helped(n: u64) -> Block {
    with(n, |n| {
        block(n) // helped::{closure#0}
    })
}
#[inline(never)]
fn helped_too(n: u64) -> Block {
    with(n, |n| {
        block(n + 2) // helped_too::{closure#0}
    })
}
#[inline(always)]
fn wrapping<F: Fn(u64) -> Block>(n: u64, f: F) -> Block {
    let wrapped = |n| {
        drop(block(n)); // wrapping::{closure#0}
        f(n)
    };
    wrapped(n)
}
#[inline(never)]
fn wrapped(n: u64) -> Block {
    wrapping(n, |n| {
        block(n + 3) // wrapped::{closure#0}
    })
}
#[inline(never)]
fn nests(n: u64) -> Vec<Vec<Block>> {
    (0..n).map(|n| {
        drop(block(n)); // nests::{closure#0}
        (0..n).map(|n| {
            block(n) // nests::{closure#0}::{closure#0}
        }).collect()
    }).collect()
}
#[inline(never)]
fn calls(n: u64) -> Block {
    let make = |n| {
        block(n) // calls::{closure#0}
    };
    make(n)
}
#[inline(never)]
fn stands(n: u64) -> Block {
    let make = |n| {
        block(n) // stands::{closure#0}
    };
    let make: &dyn Fn(u64) -> Block = black_box(&make);
    make(n)
}
fn adder(by: u64) -> impl Fn(u64) -> Block {
    move |n| {
        block(n + by) // adder::{closure#0}
    }
}
#[inline(never)]
fn adds(n: u64) -> Vec<Block> {
    (0..n).map(adder(n)).map(|other| {
        drop(block(n)); // adds::{closure#0}
        other
    }).collect()
}
async fn later(n: u64) -> Block {
    block(n) // {async_fn#0}:LINE
}
fn poll<F: Future>(future: F) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    pin!(future).poll(&mut context).is_ready()
}
#[inline(never)]
fn polls(n: u64) -> bool {
    poll(async move {
        drop(block(n)); // polls::{async_block#0}
        later(n).await
    })
}
#[inline(never)]
fn polls_too(n: u64) -> bool {
    let future = pin!(async {
        block(n) // polls_too::{async_block#0}
    });
    future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}
mod inside {
    use super::{Block, block};
    pub struct Few(pub u64);
    impl Few {
        #[inline(never)]
        pub fn method(&self) -> Vec<Block> {
            (0..self.0).map(|n| {
                block(n) // inside::{impl#0}::method::{closure#0}
            }).collect()
        }
    }
    #[inline(never)]
    pub fn generic<T: Copy + Into<u64>>(line: &[T]) -> Vec<Block> {
        line.iter().map(|n| {
            block((*n).into()) // inside::generic::{closure#0}
        }).collect()
    }
}
fn main() {
    let n = std::env::args().count() as u64;
    let mut line = vec![n; 30];
    goes_over(n);
    retains(&mut line);
    sorts(&mut line);
    println!("{}", collects(n).len() + collects_too(n).len() + nests(n).len() + adds(n).len());
    println!("{:?}", [spawns(n), helped(n), helped_too(n), wrapped(n), calls(n), stands(n)]);
    println!("{}", polls(n) && polls_too(n));
    println!("{:?}", [inside::Few(n).method(), inside::generic(&[n]), inside::generic(&[n as u8])]);
}
"#;

/// The lines that have only a closure, and the closure's name.
fn closures() -> Vec<(u32, String)> {
    let lines = SOURCE.lines().zip(1..);
    lines
        .filter_map(|(text, line)| {
            let (_, name) = text.split_once(" // ")?;
            Some((line, name.replace("LINE", &line.to_string())))
        })
        .collect()
}

/// Calls `check` with the stacks of the program, for both manglings.
fn compiled(debug: &str, check: impl Fn(&[Vec<ResolvedLine>])) {
    for mangling in ["default", "v0"] {
        let directory = new_directory();
        let debug = format!("-Cdebuginfo={debug}");
        let v0 = "-Csymbol-mangling-version=v0";
        let flags: &[&str] = match mangling {
            "v0" => &[&debug, v0],
            _ => &[&debug],
        };
        let Some(path) = compile(&directory, SOURCE, flags) else {
            return;
        };
        check(&stacks_of_crate(&path));
    }
}

/// The functions at a closure's line: whether each is the outermost, and its name.
fn names_at(stacks: &[Vec<ResolvedLine>], line: u32) -> Vec<(bool, &str)> {
    let mut names: Vec<_> = stacks
        .iter()
        .flat_map(|stack| {
            let outermost = stack.len() - 1;
            let here = move |at: &ResolvedLine| at.line == line && at.file.ends_with("/program.rs");
            let lines = stack.iter().enumerate().filter(move |(_, at)| here(at));
            lines.map(move |(number, at)| (number == outermost, &*at.name))
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// `method::{closure#0}` of `inside::{impl#0}::method::{closure#0}`.
fn end(name: &str) -> &str {
    let outside = name.find("::{closure").unwrap_or(0);
    name[..outside].rfind("::").map_or(name, |at| &name[at..])
}

#[test]
fn line_tables_tell_whose_a_closure_is_and_no_types() {
    compiled("line-tables-only", |stacks| {
        for (line, name) in closures() {
            let said = names_at(stacks, line);
            assert!(!said.is_empty(), "{name} is nowhere");
            for (alone, said) in said {
                let full = format!("program::{name}");
                // Symbols have the types of methods and of generic functions.
                let symbol = || said.contains(end(&name)) && said.starts_with(['p', '<']);
                let nested = || said == full.replacen("{closure#0}", "{{closure}}", 1);
                assert!(
                    said == full || alone && (symbol() || nested()),
                    "{said} is {full}"
                );
            }
        }
        for line in stacks.iter().flat_map(|stack| &stack[..stack.len() - 1]) {
            assert!(!line.name.contains('<'), "{line:?}");
        }
    });
}

#[test]
fn level_1_tells_whose_a_closure_is() {
    compiled("1", |stacks| {
        for (line, name) in closures() {
            let said = names_at(stacks, line);
            assert!(!said.is_empty(), "{name} is nowhere");
            let function = match name.split("::").find(|part| !part.starts_with('{')) {
                Some("inside") => name
                    .split("::")
                    .find(|part| ["method", "generic"].contains(part)),
                Some(function) => Some(function),
                None => Some("later"),
            };
            let function = function.expect("a closure of a function");
            for (_, said) in said {
                let after = said.split_once(&format!("::{function}::"));
                assert!(
                    after.is_some_and(|(_, rest)| rest.contains('{')),
                    "{said} is {name}"
                );
            }
        }
    });
}

#[test]
fn without_debugging_information_a_closure_that_stands_alone_is_known() {
    compiled("0", |stacks| {
        let mut names = stacks
            .iter()
            .map(|stack| &*stack.last().expect("a line").name);
        assert!(names.any(|name| name.starts_with("program::stands::{")));
        let of = |stack: &&Vec<ResolvedLine>| {
            stack
                .last()
                .is_some_and(|line| line.name.starts_with("program::"))
        };
        assert!(stacks.iter().filter(of).all(|stack| stack.len() == 1));
    });
}
