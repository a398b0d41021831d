//! The removal of runtime frames, in tables and flame graphs.

use prost::Message;
use repool_profile::proto;

use crate::analysis::Analysis;
use crate::flame::{self, FlameSettings};
use crate::profile::Profile;
use crate::settings::Settings;

const BEGIN: &str = "std::sys::backtrace::__rust_begin_short_backtrace";
const CALL: &str = "core::ops::function::FnOnce::call_once";

/// The frames below a program's main function.
const MAIN: &str = "std::rt::lang_start::{{closure}} < std::panicking::try < std::rt::lang_start_internal \
                    < std::rt::lang_start < main < __libc_start_main < _start";

/// The frames below a thread's function.
const THREAD: &str = "std::panicking::try < <alloc::boxed::Box<F,A> as core::ops::function::FnOnce<Args>>::call_once \
                      < std::sys::thread::unix::Thread::new::thread_start < start_thread < clone3";

/// The frames by which a worker of tokio polls a task.
const WORKER: &str = "<core::pin::Pin<P> as core::future::future::Future>::poll \
                      < tokio::runtime::task::core::Core<T,S>::poll::{{closure}} \
                      < <core::panic::unwind_safe::AssertUnwindSafe<F> as core::ops::function::FnOnce<()>>::call_once \
                      < std::panicking::try < tokio::runtime::task::raw::poll \
                      < core::result::Result<T,E>::and_then < tokio::runtime::context::runtime::enter_runtime \
                      < tokio::runtime::scheduler::multi_thread::worker::run";

/// A profile of these stacks, each with the value 1. A stack is a text of locations, separated by `
/// < `, the innermost first; a location is a text of functions, separated by ` + `.
fn profile(stacks: &[&str]) -> Profile {
    let mut texts = vec![String::new(), "space".into(), "bytes".into()];
    let mut made = proto::Profile {
        sample_type: vec![proto::ValueType { r#type: 1, unit: 2 }],
        ..Default::default()
    };
    for stack in stacks {
        let locations = stack.split(" < ").map(|location| {
            let text = texts
                .iter()
                .position(|own| own == location && !own.is_empty());
            // Equal texts are one location.
            let id = text.map_or_else(
                || {
                    texts.push(location.into());
                    texts.len() as u64 - 1
                },
                |at| at as u64,
            );
            (id, location)
        });
        let locations: Vec<(u64, &str)> = locations.collect();
        for (id, location) in &locations {
            if made.location.iter().any(|own| own.id == *id) {
                continue;
            }
            let mut line = Vec::new();
            for name in location.split(" + ") {
                texts.push(name.into());
                let function_id = made.function.len() as u64 + 1;
                made.function.push(proto::Function {
                    id: function_id,
                    name: texts.len() as i64 - 1,
                    ..Default::default()
                });
                line.push(proto::Line {
                    function_id,
                    ..Default::default()
                });
            }
            made.location.push(proto::Location {
                id: *id,
                address: *id * 16,
                line,
                ..Default::default()
            });
        }
        made.sample.push(proto::Sample {
            location_id: locations.iter().map(|(id, _)| *id).collect(),
            value: vec![1],
            label: Vec::new(),
        });
    }
    made.string_table = texts;
    Profile::parse(&made.encode_to_vec()).unwrap()
}

/// The folded stacks, the outermost function first.
fn shown(profile: &Profile, all_frames: bool) -> Vec<String> {
    let settings = FlameSettings {
        all_frames,
        ..FlameSettings::default()
    };
    let folded = flame::folded(profile, &settings).unwrap();
    folded.lines().map(Into::into).collect()
}

fn cut(stack: &str) -> String {
    let shown = shown(&profile(&[stack]), false);
    assert_eq!(shown.len(), 1, "{shown:?}");
    shown[0].trim_end_matches(" 1").to_owned()
}

#[test]
fn a_stack_ends_at_the_function_that_the_thread_runs() {
    let stack = format!("app::log < app::main < {CALL} < {BEGIN} < {MAIN}");
    assert_eq!(cut(&stack), "app::main;app::log");
    let stack = format!("app::log < app::serve::{{{{closure}}}} < {BEGIN} < {THREAD}");
    assert_eq!(cut(&stack), "app::serve::{{closure}};app::log");
    // The calls of std are inlined into the mark's location.
    let stack = format!("app::log < app::main + {CALL} + {BEGIN} < {MAIN}");
    assert_eq!(cut(&stack), "app::main;app::log");
    // Functions that are inlined at an inner location are kept.
    let stack = format!("app::log + app::line < app::main + {CALL} < {BEGIN} < {MAIN}");
    assert_eq!(cut(&stack), "app::main;app::line;app::log");
}

#[test]
fn a_task_ends_at_what_the_executor_polls() {
    let stack = format!("app::log < app::handle < hyper::serve < {WORKER} < {BEGIN} < {THREAD}");
    assert_eq!(cut(&stack), "hyper::serve;app::handle;app::log");
    // The task's function is in one location with the executor's.
    let task = WORKER.replacen(" < ", " + ", 2);
    let stack = format!("app::log < app::handle + {task} < {BEGIN} < {THREAD}");
    assert_eq!(cut(&stack), "app::handle;app::log");
    // Frames of an executor that the program calls are kept.
    let stack =
        format!("app::handle < tokio::runtime::task::raw::poll < app::main < {BEGIN} < {MAIN}");
    assert_eq!(
        cut(&stack),
        "app::main;tokio::runtime::task::raw::poll;app::handle"
    );
    // Functions of std between those of an executor are removed.
    let stack = "app::f < rayon_core::job::execute < core::option::Option<T>::map";
    let stack = format!("{stack} < rayon_core::registry::main_loop < {BEGIN} < {THREAD}");
    assert_eq!(cut(&stack), "app::f");
}

#[test]
fn something_is_always_left() {
    // The thread's function was inlined, and the profile does not have it.
    assert_eq!(cut(&format!("{BEGIN} < {THREAD}")), BEGIN);
    // The executor allocates for itself.
    let stack = format!(
        "tokio::runtime::task::new_task < tokio::runtime::task::raw::poll < {BEGIN} < {THREAD}"
    );
    assert_eq!(
        cut(&stack),
        "tokio::runtime::task::raw::poll;tokio::runtime::task::new_task"
    );
    let stack = format!("core::slice::sort < {CALL} < {BEGIN} < {THREAD}");
    assert_eq!(cut(&stack), format!("{CALL};core::slice::sort"));
    // A frame without a name counts as other code.
    let stack = format!(" < {CALL} < {BEGIN} < {THREAD}");
    assert_eq!(cut(&stack), "<unknown>");
}

#[test]
fn std_itself_goes_on_behind_the_end_of_a_panic() {
    let end = "std::sys::backtrace::__rust_end_short_backtrace";
    let hook = format!(
        "app::hook < {BEGIN} < std::panicking::begin_panic < {end} < app::main < {BEGIN} < {MAIN}"
    );
    assert_eq!(cut(&hook), "app::main;app::hook");
    // The test harness has a mark of its own.
    let test = format!(
        "app::f < app::test < test::__rust_begin_short_backtrace < test::run_test < {BEGIN} < {THREAD}"
    );
    assert_eq!(cut(&test), "app::test;app::f");
}

#[test]
fn stacks_without_the_mark_are_whole() {
    let marked = format!("app::log < app::main < {CALL} < {BEGIN} < {MAIN}");
    let early = "std::thread::current < std::rt::lang_start < main < _start";
    let of_c = "app::callback < start_thread < clone3";
    let all = profile(&[&marked, early, of_c]);
    let expected = [
        "_start;main;std::rt::lang_start;std::thread::current 1",
        "app::main;app::log 1",
        "clone3;start_thread;app::callback 1",
    ];
    assert_eq!(shown(&all, false), expected);
}

#[test]
fn all_frames_stay_if_asked_for() {
    let stack = format!("app::log < app::main < {CALL} < {BEGIN} < {MAIN}");
    let all = profile(&[&stack]);
    let mut names: Vec<&str> = stack.split(" < ").collect();
    names.reverse();
    let names = names.join(";");
    assert_eq!(shown(&all, true), [format!("{names} 1")]);
}

#[test]
fn tables_are_of_what_is_shown() {
    let logged = format!("app::log < app::main < {CALL} < {BEGIN} < {MAIN}");
    let served = format!("app::log < app::serve < {CALL} < {BEGIN} < {THREAD}");
    let analysis =
        |settings: Settings| Analysis::new(profile(&[&logged, &served]), None, &settings).unwrap();
    let short = analysis(Settings::default());
    let rows = short.top().rows;
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (&*row.function, row.flat, row.cum))
        .collect();
    assert_eq!(
        rows,
        [
            ("app::log", 2, 2),
            ("app::main", 0, 1),
            ("app::serve", 0, 1)
        ]
    );
    assert_eq!(short.traces().traces[0].frames.len(), 2);
    assert_eq!((short.total(), short.profile().samples().len()), (2, 2));
    let whole = analysis(Settings {
        all_frames: true,
        ..Settings::default()
    });
    assert_eq!((whole.top().rows.len(), whole.total()), (16, 2));

    // Focus matches shown frames only.
    let settings = |all_frames| Settings {
        focus: regex::Regex::new("lang_start").ok(),
        all_frames,
        ..Settings::default()
    };
    assert_eq!(
        analysis(settings(false)).warnings(),
        [crate::Warning::FocusMatchesNothing]
    );
    assert_eq!(analysis(settings(true)).top().rows[0].flat, 1);
    // With `no_inlines`, an inlined function counts as its caller, which is never the mark.
    let inlined = format!("app::main + {CALL} + {BEGIN} < {MAIN}");
    let settings = Settings {
        no_inlines: true,
        ..Settings::default()
    };
    let analysis = Analysis::new(profile(&[&inlined]), None, &settings).unwrap();
    assert_eq!(analysis.top().rows[0].function, "app::main");
}
