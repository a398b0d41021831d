//! The U test against its definition, and against values computed elsewhere.

use super::*;

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// U by its definition: every pair.
fn u(first: &[f64], second: &[f64]) -> f64 {
    let pairs = first
        .iter()
        .flat_map(|a| second.iter().map(move |b| (a, b)));
    pairs
        .map(|(a, b)| {
            if a > b {
                1.0
            } else {
                f64::from(u8::from(a == b)) / 2.0
            }
        })
        .sum()
}

/// The chance by its definition: every choice of the first sample among all values.
fn p_of_every_choice(first: &[f64], second: &[f64]) -> f64 {
    let all = [first, second].concat();
    let seen = u(first, second);
    let least = seen.min((first.len() * second.len()) as f64 - seen);
    if 2.0 * least == (first.len() * second.len()) as f64 {
        return 1.0;
    }
    let (mut as_small, mut choices) = (0, 0);
    for choice in 0..1_u32 << all.len() {
        if choice.count_ones() as usize != first.len() {
            continue;
        }
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (i, value) in all.iter().enumerate() {
            let side = if choice >> i & 1 == 1 {
                &mut ours
            } else {
                &mut theirs
            };
            side.push(*value);
        }
        choices += 1;
        as_small += u32::from(u(&ours, &theirs) <= least);
    }
    2.0 * f64::from(as_small) / f64::from(choices)
}

/// Numbers that look like chance, the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }
}

#[test]
fn p_is_that_of_every_choice() {
    let mut numbers = Numbers(1);
    for _ in 0..400 {
        let sizes = (1 + numbers.below(6), 1 + numbers.below(6));
        // From nearly all equal to nearly all different.
        let kinds = 1 + numbers.below(20);
        let mut sample = |size| sorted((0..size).map(|_| numbers.below(kinds) as f64).collect());
        let (first, second) = (sample(sizes.0), sample(sizes.1));
        let expected = p_of_every_choice(&first, &second);
        match p(&first, &second) {
            // Benchstat's slip; see `of_two_values`.
            Some(p) if expected == 0.0 && Ranks::of(&first, &second).ties.len() == 2 => {
                assert!(p >= 0.0 && first.len() != second.len());
            }
            Some(p) => assert!((p - expected).abs() < 1e-12, "{first:?} {second:?}: {p}"),
            None => assert!(first.iter().chain(&second).all(|x| *x == first[0])),
        }
    }
}

/// From the tables of Mann and Whitney (1947): chances of one direction, n = 3 to 8, U as given.
#[test]
fn p_is_that_of_the_published_tables() {
    let tables = [
        (3, 3, 0, 0.050),
        (3, 3, 2, 0.200),
        (4, 4, 0, 0.014),
        (4, 4, 1, 0.029),
        (4, 3, 1, 0.057),
        (5, 5, 2, 0.016),
        (5, 5, 4, 0.048),
        (6, 6, 0, 0.001),
        (6, 6, 5, 0.021),
        (6, 4, 3, 0.033),
        (7, 7, 8, 0.019),
        (8, 8, 13, 0.025),
        (8, 8, 15, 0.041),
    ];
    for (n1, n2, u, one_direction) in tables {
        let ranks = Ranks {
            sizes: (n1, n2),
            ties: vec![1; n1 + n2],
            twice_u: 2 * u,
        };
        let p = by_counting(&ranks) / 2.0;
        assert!((p - one_direction).abs() <= 0.0005, "{n1} {n2} {u}: {p}");
    }
}

#[test]
fn direction_and_scale_do_not_matter() {
    let mut numbers = Numbers(2);
    for _ in 0..100 {
        let mut sample = || sorted((0..9).map(|_| numbers.below(30) as f64).collect());
        let (first, second) = (sample(), sample());
        let negative = |sample: &[f64]| sorted(sample.iter().map(|x| -3.0 * x).collect());
        let there = p(&first, &second).unwrap();
        for back in [
            p(&second, &first).unwrap(),
            p(&negative(&first), &negative(&second)).unwrap(),
        ] {
            assert!((there - back).abs() < 1e-12, "{first:?} {second:?}");
        }
    }
}

#[test]
fn counting_and_the_normal_distribution_agree_where_they_meet() {
    let mut numbers = Numbers(3);
    for (size, kinds) in [(50, u64::MAX), (25, 12)] {
        for shift in [0.0, 0.3, 0.8] {
            let mut sample = |by: f64| {
                let values = (0..size).map(|_| {
                    let value = numbers.below(1 << 20) as f64 / f64::from(1 << 20) + by;
                    (value * kinds.min(1 << 30) as f64).floor()
                });
                sorted(values.collect())
            };
            let (first, second) = (sample(0.0), sample(shift));
            let ranks = Ranks::of(&first, &second);
            let (exact, near) = (by_counting(&ranks), by_normal(&ranks));
            assert!(
                (exact - near).abs() < 0.01,
                "{size} {shift}: {exact} {near}"
            );
        }
    }
}

#[test]
fn the_least_p_is_that_of_samples_apart() {
    for n in 1..9 {
        let first: Vec<f64> = (0..n).map(|i| i as f64).collect();
        let second: Vec<f64> = (n..2 * n).map(|i| i as f64).collect();
        assert_eq!(p(&first, &second), Some(least_p(n, n)));
    }
}

#[test]
fn equal_values_tell_nothing() {
    assert_eq!(p(&[1.0; 3], &[1.0; 40]), None);
    assert_eq!(p(&[1.0; 60], &[1.0; 60]), None);
}
