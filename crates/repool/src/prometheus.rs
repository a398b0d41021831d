//! [`Stats`] in the text format that Prometheus reads, by the crate `prometheus-client`.

use core::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use crate::stats::Stats;

impl Stats {
    /// The figures in the text format that Prometheus reads (OpenMetrics 1.0), labelled with the
    /// pool's name. For several pools in one answer, see [`to_prometheus`].
    ///
    /// With the feature `prometheus`, by the crate `prometheus-client` 0.26.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new_static(Vec::new).name("lines");
    /// drop(LINES.get());
    /// let text = LINES.stats().to_prometheus();
    /// assert!(text.contains("repool_idle{pool=\"lines\"} 1\n"));
    /// assert!(text.contains("repool_missed_total{pool=\"lines\",why=\"cold\"} 1\n"));
    /// assert!(text.contains("repool_dropped_total{pool=\"lines\",why=\"over_budget\"} 0\n"));
    /// ```
    pub fn to_prometheus(&self) -> String {
        to_prometheus([*self])
    }
}

/// The figures of several pools in the text format that Prometheus reads (OpenMetrics 1.0), each
/// labelled with its pool's name; to be served as
/// `application/openmetrics-text; version=1.0.0; charset=utf-8`.
///
/// With the feature `prometheus`, by the crate `prometheus-client` 0.26; none of its types is in this
/// crate's public interface.
///
/// # What is exposed
///
/// | metric | |
/// |---|---|
/// | `repool_idle`, `repool_in_use` | gauges, in objects |
/// | `repool_idle_bytes` | a gauge, for pools that [count bytes](Stats::idle_bytes) |
/// | `repool_created_total`, `repool_adopted_total`, `repool_detached_total` | counters, in objects |
/// | `repool_dropped_total`, `repool_missed_total` | counters by their `why` |
///
/// Hits are not counted: see [`Missed`](crate::Missed#hits). `rate(repool_missed_total[5m])` is how
/// often objects are created anew. That rate divided by the rate of a counter of the program's own, such
/// as its requests, is the share of them that miss. For a [`BufPool`](crate::BufPool) give
/// [the sum of its classes](crate::BufStats::total).
///
/// ```
/// use repool::{BufPool, Pool, to_prometheus};
///
/// static LINES: Pool<Vec<u8>> = Pool::new_static(Vec::new).name("lines");
/// static NAMES: Pool<String> = Pool::new_static(String::new).name("names");
/// static BUFS: BufPool = BufPool::new().name("bufs");
/// drop(BUFS.with_capacity(4000));
/// let text = to_prometheus([LINES.stats(), NAMES.stats(), BUFS.stats().total()]);
/// assert!(text.contains("repool_idle{pool=\"lines\"} 0\nrepool_idle{pool=\"names\"} 0\n"));
/// assert!(text.contains("repool_idle_bytes{pool=\"bufs\"} 4096\n"));
/// assert!(text.ends_with("# EOF\n"));
/// ```
pub fn to_prometheus(stats: impl IntoIterator<Item = Stats>) -> String {
    let mut registry = Registry::with_prefix("repool");
    registry.register_collector(Box::new(Figures(stats.into_iter().collect())));
    let mut text = String::new();
    match text::encode(&mut text, &registry) {
        Ok(()) => text,
        Err(fmt::Error) => unreachable!("writing to a String does not fail"),
    }
}

/// The figures of the pools that are exposed together.
#[derive(Debug)]
struct Figures(Vec<Stats>);

/// Reads the values of one family from a pool's figures, each with its `why` label, if it has one.
type Values = fn(&Stats) -> Vec<(usize, Option<&'static str>)>;

/// A family's name without the unit, its help, its unit and its type.
type Described = (&'static str, &'static str, Option<Unit>, MetricType);

impl Figures {
    fn family(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help, unit, kind): Described,
        values: Values,
    ) -> Result<(), fmt::Error> {
        if self.0.iter().all(|stats| values(stats).is_empty()) {
            return Ok(());
        }
        let mut family = encoder.encode_descriptor(name, help, unit.as_ref(), kind)?;
        for stats in &self.0 {
            for (value, why) in values(stats) {
                // No spaces, so that the label is easy to write in a query.
                let why = why.map(|why| why.replace(' ', "_"));
                let mut labels = vec![("pool", stats.name.unwrap_or_default())];
                labels.extend(why.as_deref().map(|why| ("why", why)));
                let encoder = family.encode_family(&labels)?;
                match kind {
                    MetricType::Gauge => {
                        ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX))
                            .encode(encoder)?;
                    }
                    _ => ConstCounter::new(value as u64).encode(encoder)?,
                }
            }
        }
        Ok(())
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        use MetricType::{Counter, Gauge};
        let families: [(Described, Values); 8] = [
            (("idle", "Idle objects in the pool", None, Gauge), |stats| {
                vec![(stats.idle, None)]
            }),
            (("in_use", "Objects in use", None, Gauge), |stats| {
                vec![(stats.in_use, None)]
            }),
            (
                ("idle", "Bytes in idle objects", Some(Unit::Bytes), Gauge),
                |stats| {
                    stats
                        .idle_bytes
                        .map(|bytes| (bytes, None))
                        .into_iter()
                        .collect()
                },
            ),
            (
                ("created", "Objects that the pool created", None, Counter),
                |stats| vec![(stats.created, None)],
            ),
            (
                (
                    "adopted",
                    "Objects that were put into the pool",
                    None,
                    Counter,
                ),
                |stats| vec![(stats.adopted, None)],
            ),
            (
                (
                    "detached",
                    "Objects that were taken out for good",
                    None,
                    Counter,
                ),
                |stats| vec![(stats.detached, None)],
            ),
            (
                (
                    "dropped",
                    "Objects that the pool dropped, and why",
                    None,
                    Counter,
                ),
                |stats| stats.dropped.reasons().map(labelled).into(),
            ),
            (
                (
                    "missed",
                    "Gets that found no idle object, and why",
                    None,
                    Counter,
                ),
                |stats| stats.missed.reasons().map(labelled).into(),
            ),
        ];
        families
            .into_iter()
            .try_for_each(|(family, values)| self.family(&mut encoder, family, values))
    }
}

fn labelled((count, why): (usize, &'static str)) -> (usize, Option<&'static str>) {
    (count, Some(why))
}
