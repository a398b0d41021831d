//! Advice on real programs, compared with what these programs allocate.

#[cfg(target_os = "linux")]
mod growing;
#[cfg(target_os = "linux")]
mod no_action;
#[cfg(target_os = "linux")]
mod objects;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod shared_lines;

#[cfg(target_os = "linux")]
mod program {
    use std::process::ExitCode;

    use repool_prof::ProfAlloc;
    use repool_testing::cases::{self, case};

    use crate::{growing, no_action, objects, shared_lines};

    #[global_allocator]
    static ALLOC: ProfAlloc = ProfAlloc::new();

    pub fn run() -> ExitCode {
        cases::run(&[
            case("boxes_of_one_size", 1, objects::boxes_of_one_size),
            case("boxes_of_one_size", 512, objects::boxes_of_one_size),
            case(
                "boxes_of_several_threads",
                1,
                objects::boxes_of_several_threads,
            ),
            case("boxes_freed_elsewhere", 1, objects::boxes_freed_elsewhere),
            case("boxes_freed_elsewhere", 512, objects::boxes_freed_elsewhere),
            case("buffers_of_many_sizes", 1, objects::buffers_of_many_sizes),
            case(
                "buffers_of_many_sizes",
                8192,
                objects::buffers_of_many_sizes,
            ),
            case("costs_of_its_own", 1, objects::costs_of_its_own),
            case("one_small_object", 1, objects::one_small_object),
            case(
                "a_cache_that_turns_over",
                1,
                objects::a_cache_that_turns_over,
            ),
            case(
                "a_line_for_each_operation",
                1,
                growing::a_line_for_each_operation,
            ),
            case(
                "a_line_for_each_operation",
                256,
                growing::a_line_for_each_operation,
            ),
            case(
                "lines_of_several_threads",
                1,
                growing::lines_of_several_threads,
            ),
            case("a_serializer", 1, growing::a_serializer),
            case("a_serializer", 512, growing::a_serializer),
            case("lists_that_are_kept", 1, growing::lists_that_are_kept),
            case("lists_that_are_kept", 256, growing::lists_that_are_kept),
            case(
                "a_table_for_each_operation",
                1,
                growing::a_table_for_each_operation,
            ),
            case("eight_at_once", 1, shared_lines::eight_at_once),
            case(
                "a_buffer_across_recursion",
                1,
                shared_lines::a_buffer_across_recursion,
            ),
            case(
                "a_buffer_of_a_function_that_recursion_calls",
                1,
                shared_lines::a_buffer_of_a_function_that_recursion_calls,
            ),
            case(
                "an_index_that_keeps_a_fifth",
                1,
                shared_lines::an_index_that_keeps_a_fifth,
            ),
            case(
                "a_buffer_for_each_thread",
                1,
                shared_lines::a_buffer_for_each_thread,
            ),
            case(
                "zeroed_tables_that_are_hardly_touched",
                1,
                shared_lines::zeroed_tables_that_are_hardly_touched,
            ),
            case("all_boxes_kept", 1, no_action::all_boxes_kept),
            case("all_boxes_kept", 512, no_action::all_boxes_kept),
            case("one_list_kept", 1, no_action::one_list_kept),
            case("one_list_kept", 4096, no_action::one_list_kept),
            case("one_table_kept", 1, no_action::one_table_kept),
            case("many_tables_kept", 1, no_action::many_tables_kept),
            case("already_pooled", 1, no_action::already_pooled),
            case("only_at_the_start", 1, no_action::only_at_the_start),
            case("a_cache_that_is_large", 1, no_action::a_cache_that_is_large),
            case("too_few_samples", 1 << 20, no_action::too_few_samples),
            case(
                "slower_than_the_allocator",
                1,
                no_action::slower_than_the_allocator,
            ),
        ])
    }
}

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return program::run();
    #[cfg(not(target_os = "linux"))]
    repool_testing::unsupported::without_profiler()
}
