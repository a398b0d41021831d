//! Profiles that are added up before a report is made of them.

use super::{ReportError, mappings, merge};
use crate::Profile;

impl Profile {
    /// Adds other profiles up with this one, as `go tool pprof` does with those that it is given: the
    /// values of stacks that are the same in several are added up. Times add up too; the rest of the
    /// head is the first one's that has it.
    ///
    /// Without others it is the same profile. A sum has no [`lifetimes`](Profile::lifetimes): how
    /// many blocks are alive at once does not add up.
    ///
    /// # Errors
    ///
    /// If the profiles have no sample type in common, or their values are not of one kind.
    ///
    /// ```no_run
    /// use repool_pprof::{Profile, Report, Settings};
    ///
    /// let [monday, tuesday] = ["monday.pb.gz", "tuesday.pb.gz"].map(Profile::open);
    /// let both = monday?.plus([tuesday?])?;
    /// print!("{}", Report::new(both, None, &Settings::default())?.top());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn plus(self, others: impl IntoIterator<Item = Self>) -> Result<Self, ReportError> {
        let mut all = vec![self];
        all.extend(others);
        if all.len() == 1 {
            return Ok(all.remove(0));
        }
        all.iter_mut().for_each(mappings::complete);
        merge::add_up(&mut all)
    }
}
