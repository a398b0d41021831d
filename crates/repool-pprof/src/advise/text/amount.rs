//! Prints amounts of allocations, bytes and time.

use crate::advise::Amount;
use crate::advise::quantity::{bytes, count, figure, interval, time_interval};

/// An amount for one operation or one second if these are known, else in total.
pub(super) fn amount(amount: &Amount) -> String {
    let rates = amount.shown();
    let per = match (&amount.per_operation, &amount.per_second) {
        (Some(_), _) => "/op",
        (None, Some(_)) => "/s",
        (None, None) => "",
    };
    let ns = match (rates.ns, per) {
        (Some(ns), "/op") => format!(", {} ns/op", interval(ns)),
        (Some(ns), _) => format!(", {}{per}", time_interval(ns)),
        (None, _) => ", time not known".to_owned(),
    };
    if per == "/op" {
        return format!(
            "{} B/op, {} allocs/op{ns}",
            figure(rates.bytes),
            figure(rates.allocations)
        );
    }
    format!(
        "{}{per}, {} allocations{per}{ns}",
        bytes(rates.bytes),
        count(rates.allocations)
    )
}
