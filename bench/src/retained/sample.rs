//! The measurements, as data and as lines of CSV.

/// The measurement of one contender at the end of one period, after its sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub phase: String,
    /// Live bytes on the heap less those before the contender's first get.
    pub retained: u64,
    /// Live objects; `None` in the workload whose objects differ in size.
    pub objects: Option<u64>,
    /// Bytes that were allocated in the period.
    pub allocated: u64,
    /// Objects that were created in the period.
    pub created: u64,
}

/// The samples of one contender in one workload, one for each period.
#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub samples: Vec<Sample>,
}

/// The first line of a CSV file. The Go program prints lines without the first column.
pub const HEADER: &str =
    "contender,sweep,phase,retained_bytes,retained_objects,allocated_bytes,created_objects\n";

impl Series {
    /// Bytes that were allocated in a phase.
    pub fn allocated(&self, phase: &str) -> u64 {
        (self.samples.iter())
            .filter(|sample| sample.phase == phase)
            .map(|sample| sample.allocated)
            .sum()
    }

    /// The lines of all samples; sweeps are numbered from 1.
    pub fn to_csv(&self) -> String {
        let lines = (1..).zip(&self.samples).map(|(sweep, sample)| {
            let objects = sample.objects.map(|n| n.to_string()).unwrap_or_default();
            let Sample {
                phase,
                retained,
                allocated,
                created,
                ..
            } = sample;
            let name = &self.name;
            format!("{name},{sweep},{phase},{retained},{objects},{allocated},{created}\n")
        });
        lines.collect()
    }

    /// Reads what the program in Go prints: the lines of one contender without its name.
    ///
    /// # Errors
    ///
    /// The first line that is not a sample.
    pub fn from_lines(name: &str, lines: &str) -> Result<Series, String> {
        let samples: Result<_, _> = (1..)
            .zip(lines.lines())
            .map(|(sweep, line)| parse(sweep, line).ok_or_else(|| line.to_owned()))
            .collect();
        Ok(Series {
            name: name.to_owned(),
            samples: samples?,
        })
    }
}

fn parse(sweep: usize, line: &str) -> Option<Sample> {
    let fields: Vec<&str> = line.split(',').collect();
    let [number, phase, retained, objects, allocated, created] = fields[..] else {
        return None;
    };
    Some(Sample {
        phase: (number.parse() == Ok(sweep)).then(|| phase.to_owned())?,
        retained: retained.parse().ok()?,
        objects: match objects {
            "" => None,
            objects => Some(objects.parse().ok()?),
        },
        allocated: allocated.parse().ok()?,
        created: created.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_there_and_back() {
        let lines = "1,steady,4096,1,8192,2\n2,burst,0,,0,0\n";
        let series = Series::from_lines("Go", lines).expect("lines");
        assert_eq!(series.samples[0].objects, Some(1));
        assert_eq!(series.samples[1].objects, None);
        assert_eq!(series.allocated("steady"), 8192);
        let csv = "Go,1,steady,4096,1,8192,2\nGo,2,burst,0,,0,0\n";
        assert_eq!(series.to_csv(), csv);
    }

    #[test]
    fn other_lines_are_refused() {
        for line in ["", "1,steady", "2,steady,1,1,1,1", "1,steady,1,x,1,1"] {
            let lines = format!("{line}\n");
            assert_eq!(Series::from_lines("Go", &lines).unwrap_err(), line);
        }
    }
}
