//! The switches of `REPOOL_DEBUG` for debug builds. They make code that relies on what a pool does not
//! promise fail in its tests.
//!
//! `REPOOL_DEBUG=drop,poison` is read once, when the first pool is used. Release builds have no switches.

/// The switches that `REPOOL_DEBUG` sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Switches {
    /// Drop one returned object in four.
    pub(crate) drop: bool,
    /// Overwrite the old content of cleared buffers.
    pub(crate) poison: bool,
}

impl Switches {
    pub(crate) fn any(self) -> bool {
        self.drop || self.poison
    }

    #[cfg(debug_assertions)]
    fn read(text: &str) -> Result<Self, String> {
        let mut switches = Switches::default();
        for word in text.split(',').map(str::trim) {
            match word {
                "drop" => switches.drop = true,
                "poison" => switches.poison = true,
                "" => {}
                unknown => {
                    return Err(format!(
                        "REPOOL_DEBUG has no switch `{unknown}`; it has `drop` and `poison`, \
                         separated by a comma"
                    ));
                }
            }
        }
        Ok(switches)
    }
}

#[cfg(debug_assertions)]
pub(crate) fn switches() -> Switches {
    use std::sync::OnceLock;
    static SWITCHES: OnceLock<Result<Switches, String>> = OnceLock::new();
    let read = SWITCHES.get_or_init(|| {
        let text = std::env::var_os("REPOOL_DEBUG").unwrap_or_default();
        Switches::read(&text.to_string_lossy())
    });
    match read {
        Ok(switches) => *switches,
        Err(unknown) => panic!("{unknown}"),
    }
}

#[cfg(not(debug_assertions))]
pub(crate) const fn switches() -> Switches {
    Switches {
        drop: false,
        poison: false,
    }
}

#[cfg(all(test, debug_assertions, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let read = |text| Switches::read(text).map(|Switches { drop, poison }| (drop, poison));
        assert_eq!(read(""), Ok((false, false)));
        assert_eq!(read("drop"), Ok((true, false)));
        assert_eq!(read("poison, drop"), Ok((true, true)));
        assert!(read("dorp").unwrap_err().contains("`dorp`"));
    }
}
