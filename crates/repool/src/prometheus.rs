//! Figures as Prometheus reads them.

use core::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::stats::Stats;

impl Stats {
    /// The figures in the text format that Prometheus reads (OpenMetrics 1.0), labelled with the
    /// pool's name. For several pools in one answer, see [`to_prometheus`].
    ///
    /// With the feature `prometheus`.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::from_fn(Vec::new).name("lines");
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
/// With the feature `prometheus`.
///
/// ```
/// use repool::{Pool, to_prometheus};
///
/// static LINES: Pool<Vec<u8>> = Pool::from_fn(Vec::new).name("lines");
/// static NAMES: Pool<String> = Pool::from_fn(String::new).name("names");
/// let text = to_prometheus([LINES.stats(), NAMES.stats()]);
/// assert!(text.contains("repool_idle{pool=\"lines\"} 0\nrepool_idle{pool=\"names\"} 0\n"));
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

#[derive(Debug)]
struct Figures(Vec<Stats>);

/// What one family of figures takes from a pool: values, and labels beside the pool's name.
type Values = fn(&Stats) -> Vec<(usize, Option<&'static str>)>;

impl Figures {
    fn family(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help, kind): (&str, &str, MetricType),
        values: Values,
    ) -> Result<(), fmt::Error> {
        let mut family = encoder.encode_descriptor(name, help, None, kind)?;
        for stats in &self.0 {
            for (value, why) in values(stats) {
                // Values that queries are written with have no spaces.
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
        let families: [((&str, &str, MetricType), Values); 7] = [
            (("idle", "Objects that wait in the pool", Gauge), |stats| {
                vec![(stats.idle, None)]
            }),
            (("in_use", "Objects that are lent out", Gauge), |stats| {
                vec![(stats.in_use, None)]
            }),
            (
                ("created", "Objects that the pool made", Counter),
                |stats| vec![(stats.created, None)],
            ),
            (
                ("adopted", "Objects that were brought in", Counter),
                |stats| vec![(stats.adopted, None)],
            ),
            (
                ("detached", "Objects that were taken out for good", Counter),
                |stats| vec![(stats.detached, None)],
            ),
            (
                ("dropped", "Objects that the pool dropped, and why", Counter),
                |stats| stats.dropped.reasons().map(labelled).into(),
            ),
            (
                ("missed", "Gets that found no idle object, and why", Counter),
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
