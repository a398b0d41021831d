//! [`Profile::merge`]: the sum of several profiles.

use super::{AnalysisError, mappings, merge};
use crate::profile::Profile;

impl Profile {
    /// Merges other profiles into this one, as `go tool pprof` does if it is given several files: the
    /// values of equal stacks are added. Durations are added too; the time of collection is the
    /// earliest.
    ///
    /// Without others, returns the profile unchanged. A merged profile has no
    /// [`lifetimes`](Profile::lifetimes), because peaks of live blocks cannot be added.
    ///
    /// # Errors
    ///
    /// If the profiles have no sample type in common, or the units of their values do not match.
    ///
    /// # Examples
    ///
    /// ```
    /// use repool_pprof::{Analysis, Profile, Settings};
    ///
    /// let profile = Profile::open("tests/data/orders.pb.gz")?;
    /// let twice = profile.clone().merge([profile.clone()])?;
    /// let settings = Settings::new().sample("alloc_space");
    /// let total = Analysis::new(profile, None, &settings)?.total();
    /// assert_eq!(Analysis::new(twice, None, &settings)?.total(), 2 * total);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge(self, others: impl IntoIterator<Item = Self>) -> Result<Self, AnalysisError> {
        let mut all = vec![self];
        all.extend(others);
        if all.len() == 1 {
            return Ok(all.remove(0));
        }
        all.iter_mut().for_each(mappings::add_missing);
        merge::merge_all(&mut all)
    }

    /// The former name of [`merge`](Profile::merge).
    ///
    /// # Errors
    ///
    /// As [`merge`](Profile::merge).
    #[deprecated(since = "0.1.0", note = "renamed to `merge`")]
    pub fn plus(self, others: impl IntoIterator<Item = Self>) -> Result<Self, AnalysisError> {
        self.merge(others)
    }
}
