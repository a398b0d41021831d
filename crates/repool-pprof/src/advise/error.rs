//! [`AdviseError`]: why there is no advice on a profile.

use std::fmt;

use crate::profile::Profile;

/// Why there is no advice on a profile: the profile has no allocations.
///
/// # Examples
///
/// ```
/// # use prost::Message;
/// # use repool_profile::proto;
/// # let cpu = proto::Profile {
/// #     string_table: vec![String::new(), "cpu".into(), "nanoseconds".into()],
/// #     sample_type: vec![proto::ValueType { r#type: 1, unit: 2 }],
/// #     ..proto::Profile::default()
/// # };
/// # let cpu = repool_pprof::Profile::parse(&cpu.encode_to_vec())?;
/// use repool_pprof::advise::{Advice, AdviseSettings};
///
/// let error = Advice::of(&cpu, &AdviseSettings::new()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "it has the sample types cpu, without alloc_objects and alloc_space; use a heap profile, \
///      which repool-prof writes",
/// );
/// # Ok::<(), repool_pprof::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdviseError {
    /// The names of the profile's sample types.
    types: Vec<String>,
}

impl AdviseError {
    pub(super) fn new(profile: &Profile) -> Self {
        let types = profile.sample_types().map(|(kind, _)| kind.to_owned());
        Self {
            types: types.collect(),
        }
    }
}

impl fmt::Display for AdviseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = self.types.join(", ");
        write!(
            f,
            "it has the sample types {types}, without alloc_objects and alloc_space; "
        )?;
        if self.types.iter().any(|kind| kind.starts_with("inuse_")) {
            f.write_str(
                "a pool saves blocks that were freed, which a profile of blocks in use lacks",
            )
        } else {
            f.write_str("use a heap profile, which repool-prof writes")
        }
    }
}

impl std::error::Error for AdviseError {}
