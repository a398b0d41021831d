//! Pages are rendered with `handlebars`, each into a `String` of its own.

use handlebars::Handlebars;
use programs::{bench, cycle};
use repool::Pool;
use repool_bench::Bench;
use repool_prof::ProfAlloc;
use serde::Serialize;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[derive(Serialize)]
struct Page {
    title: String,
    articles: Vec<Article>,
}

#[derive(Serialize)]
struct Article {
    name: String,
    price: u32,
}

impl Page {
    fn new(id: u32) -> Self {
        let article = |number| Article {
            name: format!("Article <{number}> of {id}"),
            price: id * 100 + number,
        };
        Self {
            title: format!("Page {id}"),
            articles: (0..5 + id).map(article).collect(),
        }
    }
}

const TEMPLATE: &str = "<html><head><title>{{title}}</title></head><body>{{#each articles}}\
                        <p class=\"article\"><b>{{name}}</b> for {{price}} cents</p>{{/each}}</body></html>";

#[inline(never)]
fn answer(templates: &Handlebars, page: &Page) -> usize {
    let html = templates.render("page", page); // line: render
    html.expect("the template has all fields").len()
}

static ANSWERS: Pool<Vec<u8>> = Pool::new(Vec::new);

#[inline(never)]
fn answer_pooled(templates: &Handlebars, page: &Page) -> usize {
    let mut html = ANSWERS.get();
    let rendered = templates.render_to_write("page", page, &mut *html);
    rendered.expect("the template has all fields");
    html.len()
}

fn main() {
    let mut templates = Handlebars::new();
    let known = templates.register_template_string("page", TEMPLATE);
    known.expect("a template");
    let pages: Vec<Page> = (0..8).map(Page::new).collect();
    let mut next = cycle(pages.len());
    let mut harness = Bench::new();
    bench(&mut harness, "A", || answer(&templates, &pages[next()]));
    bench(&mut harness, "B", || {
        answer_pooled(&templates, &pages[next()])
    });
}
