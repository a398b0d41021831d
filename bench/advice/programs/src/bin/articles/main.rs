//! Articles are turned from Markdown to HTML with `pulldown-cmark`, each in a `String` of its own.

use programs::{bench, cycle};
use pulldown_cmark::{Parser, html};
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn publish(article: &str) -> usize {
    let mut page = String::new();
    html::push_html(&mut page, Parser::new(article)); // line: html
    page.len()
}

#[inline(never)]
fn publish_reused(article: &str, page: &mut String) -> usize {
    page.clear();
    html::push_html(page, Parser::new(article));
    page.len()
}

fn article(id: usize) -> String {
    let mut text = format!("# Article {id}\n\n");
    for part in 0..4 + id {
        text += &format!(
            "Part {part} has *emphasis*, `code` and a [link](https://example.com/{part}).\n\n\
             - the first\n- the second\n\n"
        );
    }
    text
}

fn main() {
    let articles: Vec<String> = (0..16).map(article).collect();
    let mut next = cycle(articles.len());
    let mut page = String::new();
    let mut harness = Bench::new();
    bench(&mut harness, "A", || publish(&articles[next()]));
    bench(&mut harness, "B", || {
        publish_reused(&articles[next()], &mut page)
    });
}
