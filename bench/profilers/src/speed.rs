//! The time of a pair of allocation and free.

use measured::rounds::Series;

use crate::contender::Contender;
use crate::program::Programs;

/// Pairs of one run, for each thread.
const PAIRS: f64 = 2e7;

/// The numbers of threads that are measured.
pub const THREADS: [usize; 2] = [1, 2];

/// The figures of one contender.
pub struct Speed {
    pub contender: Contender,
    /// Nanoseconds per pair, by round, for each of [`THREADS`].
    pub ns: [Series; THREADS.len()],
}

/// Runs every contender once per round, in a new random order in each round.
///
/// # Errors
///
/// If a contender fails.
pub fn run(
    programs: &Programs,
    contenders: &[Contender],
    rounds: usize,
    scale: f64,
) -> Result<Vec<Speed>, String> {
    let mut all: Vec<Speed> = contenders
        .iter()
        .map(|contender| Speed {
            contender: *contender,
            ns: [const { Series(Vec::new()) }; THREADS.len()],
        })
        .collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    let mut state = 1_u64;
    for round in 1..=rounds {
        eprint!("\rround {round} of {rounds} ");
        for (index, threads) in THREADS.iter().enumerate() {
            shuffle(&mut order, &mut state);
            for one in &order {
                let Speed { contender, ns } = &mut all[*one];
                let pairs = ((PAIRS * scale) as u64 / contender.slow).max(1);
                let (seed, pairs_text) = (contender.seed(round as u64), pairs.to_string());
                let arguments = ["time", &pairs_text, &threads.to_string(), &seed];
                let said = programs.run(contender, &arguments)?;
                let time: f64 = said
                    .parse()
                    .map_err(|_| format!("{}: {said}", contender.full_name()))?;
                ns[index].0.push(time / pairs as f64);
            }
        }
    }
    eprintln!();
    Ok(all)
}

/// The shuffle of Fisher and Yates, with Knuth's linear congruential generator (MMIX).
fn shuffle(order: &mut [usize], state: &mut u64) {
    for last in (1..order.len()).rev() {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, (*state >> 33) as usize % (last + 1));
    }
}

/// The ratios to the baseline of the same allocator, round by round.
fn ratio(one: &Speed, all: &[Speed], index: usize) -> Option<Series> {
    let base = all
        .iter()
        .find(|base| base.contender.is_base_of(&one.contender));
    base.map(|base| one.ns[index].over(&base.ns[index]))
}

pub fn table(all: &[Speed]) -> String {
    let mut table = String::from(
        "| allocator | | ns per pair, 1 thread | to plain | ns, 2 threads | to plain |\n\
         |---|---|---|---|---|---|\n",
    );
    for one in all {
        let Contender {
            name, allocator, ..
        } = one.contender;
        table += &format!("| {allocator} | {name} |");
        for (index, ns) in one.ns.iter().enumerate() {
            let ratio = ratio(one, all, index).map_or("n/a".into(), |ratio| ratio.to_string());
            table += &format!(" {ns} | {ratio} |");
        }
        table += "\n";
    }
    table
}

/// The figures as CSV, one line for each run.
pub fn record(all: &[Speed]) -> String {
    let mut record = String::from("allocator,contender,threads,round,ns_a_pair\n");
    for one in all {
        let Contender {
            name, allocator, ..
        } = one.contender;
        for (threads, ns) in THREADS.iter().zip(&one.ns) {
            for (round, ns) in (1..).zip(&ns.0) {
                record += &format!("{allocator},\"{name}\",{threads},{round},{ns:.3}\n");
            }
        }
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::ALL;

    #[test]
    fn shuffling_keeps_all() {
        let mut order: Vec<usize> = (0..16).collect();
        let mut state = 1;
        shuffle(&mut order, &mut state);
        let first = order.clone();
        shuffle(&mut order, &mut state);
        assert_ne!(order, first);
        order.sort_unstable();
        assert_eq!(order, (0..16).collect::<Vec<_>>());
    }

    #[test]
    fn ratios_are_to_the_plain_one_of_the_round() {
        let speed = |contender, ns: [f64; 2]| Speed {
            contender,
            ns: [Series(ns.into()), Series(ns.into())],
        };
        let all = [speed(ALL[0], [10.0, 20.0]), speed(ALL[1], [15.0, 40.0])];
        assert!(table(&all).contains("| 1.75 [1.50–2.00] |"));
        assert!(record(&all).contains("glibc,\"repool-prof, off\",2,1,15.000\n"));
    }
}
