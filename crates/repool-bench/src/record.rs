//! The result of one measurement as data, and all results of a run as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use repool_prof::Counters;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The result of one measurement of a benchmark.
///
/// [`Runner::measure`](crate::Runner::measure) returns one, and
/// [`format::line`](crate::format::line) prints one as Go does.
///
/// ```
/// let json = r#"{"name":"Boxed","iterations":1000,"ns_per_op":21.5,
///                "bytes_per_op":4,"allocs_per_op":1,"metrics":{"hits/op":0.5}}"#;
/// let record: repool_bench::Record = serde_json::from_str(json).unwrap();
/// assert_eq!(record.metrics["hits/op"], 0.5);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The benchmark's name, without `Benchmark` in front or the number of
    /// threads behind.
    pub name: String,
    /// How many times the body ran.
    pub iterations: u64,
    /// Nanoseconds that one run of the body took.
    pub ns_per_op: f64,
    /// Bytes that one run allocated: the total divided by the iterations,
    /// rounded down, as Go does. `None` if the global allocator does not count.
    pub bytes_per_op: Option<u64>,
    /// Allocations that one run made, rounded down as the bytes are. `None` if
    /// the global allocator does not count.
    pub allocs_per_op: Option<u64>,
    /// The figures that the benchmark itself reported, by unit; see
    /// [`Run::report_metric`](crate::Run::report_metric).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f64>,
}

impl Record {
    /// A record of a time in nanoseconds, without bytes, allocations and metrics, which are set afterwards.
    ///
    /// ```
    /// use repool_bench::{Record, format};
    ///
    /// let mut record = Record::new("Boxed", 1000, 21.5);
    /// record.bytes_per_op = Some(4);
    /// assert_eq!(format::line(&record, 1, 0), "BenchmarkBoxed\t    1000\t        21.50 ns/op\t       4 B/op");
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, iterations: u64, ns_per_op: f64) -> Self {
        Self {
            name: name.into(),
            iterations,
            ns_per_op,
            bytes_per_op: None,
            allocs_per_op: None,
            metrics: BTreeMap::new(),
        }
    }

    /// The figures of `iterations` runs of a body that took `elapsed` together
    /// and allocated `spent`, which is `None` if the global allocator does not
    /// count.
    pub(crate) fn of_loop(
        name: String,
        iterations: u64,
        elapsed: Duration,
        spent: Option<Counters>,
    ) -> Self {
        let ns_per_op = elapsed.as_nanos() as f64 / iterations as f64;
        Self {
            bytes_per_op: spent.map(|spent| spent.bytes / iterations),
            allocs_per_op: spent.map(|spent| spent.allocations / iterations),
            ..Self::new(name, iterations, ns_per_op)
        }
    }
}

/// The results of a run, as one JSON document:
/// `{"benchmarks":[{"name","iterations","ns_per_op","bytes_per_op","allocs_per_op"},…],"failures":[{"name","reason"},…]}`.
///
/// `bytes_per_op` and `allocs_per_op` are `null` if the global allocator does not count. A
/// record with metrics of its own has them in an object `metrics`, by unit. `failures` may be
/// missing when a document is read.
///
/// ```
/// use repool_bench::Report;
///
/// let text = r#"{"benchmarks":[{"name":"Boxed","iterations":1000,"ns_per_op":21.5,
///                                "bytes_per_op":4,"allocs_per_op":1}]}"#;
/// let report: Report = serde_json::from_str(text).unwrap();
/// assert_eq!(report.benchmarks[0].bytes_per_op, Some(4));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// One record a measurement, in the order in which they were made.
    pub benchmarks: Vec<Record>,
    /// The benchmarks that failed, in the order in which they ran. One that is measured several
    /// times may also have records: those before it failed.
    #[serde(default)]
    pub failures: Vec<Failure>,
}

impl Report {
    /// The document, indented, with a newline at its end.
    ///
    /// ```
    /// use repool_bench::Report;
    ///
    /// let empty = Report::default();
    /// assert_eq!(empty.to_json(), "{\n  \"benchmarks\": [],\n  \"failures\": []\n}\n");
    /// ```
    ///
    /// # Panics
    ///
    /// Never: every key is text, and every value has a form in JSON. (A figure
    /// that is infinite or NaN is written as `null`.)
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("records are plain data");
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(allocations: u64, bytes: u64) -> Option<Counters> {
        Some(Counters {
            allocations,
            bytes,
            frees: 0,
        })
    }

    #[test]
    fn figures_are_shares_of_the_loop() {
        let record = Record::of_loop("X".into(), 4, Duration::from_nanos(10), spent(8, 400));
        assert_eq!(record.ns_per_op, 2.5);
        assert_eq!(
            (record.bytes_per_op, record.allocs_per_op),
            (Some(100), Some(2))
        );
    }

    #[test]
    fn a_rare_allocation_rounds_down_to_none() {
        let record = Record::of_loop("X".into(), 1000, Duration::ZERO, spent(999, 1999));
        assert_eq!(
            (record.bytes_per_op, record.allocs_per_op),
            (Some(1), Some(0))
        );
    }

    #[test]
    fn json_has_exactly_the_promised_keys() {
        let counted = Record::of_loop("A".into(), 2, Duration::from_nanos(3), spent(2, 16));
        let mut timed = Record::of_loop("B".into(), 1, Duration::from_nanos(7), None);
        let report = Report {
            benchmarks: vec![counted, timed.clone()],
            failures: vec![Failure {
                name: "C".into(),
                reason: "its body panicked: \u{7}boom".into(),
            }],
        };
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"benchmarks":[{"name":"A","iterations":2,"ns_per_op":1.5,"bytes_per_op":8,"allocs_per_op":1},"#
                .to_string()
                + r#"{"name":"B","iterations":1,"ns_per_op":7.0,"bytes_per_op":null,"allocs_per_op":null}],"#
                + r#""failures":[{"name":"C","reason":"its body panicked: \u0007boom"}]}"#
        );
        assert_eq!(
            serde_json::from_str::<Report>(&report.to_json()).unwrap(),
            report
        );

        timed.metrics.insert("hits/op".into(), 0.5);
        let text = serde_json::to_string(&timed).unwrap();
        assert!(text.ends_with(r#""metrics":{"hits/op":0.5}}"#), "{text}");
    }
}
