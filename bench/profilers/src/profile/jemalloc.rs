//! jemalloc's text format. Its figures are those of the samples; a reader scales each stack's figures by the
//! sampling probability of the stack's mean size, as jeprof does.

use super::Estimate;
use crate::known_function::KnownFunction;

pub fn read(bytes: &[u8], known: &KnownFunction) -> Result<Estimate, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let rate: f64 = lines
        .next()
        .and_then(|first| first.strip_prefix("heap_v2/")?.trim().parse().ok())
        .ok_or("it does not begin with heap_v2")?;
    let (mut objects, mut bytes) = (0.0, 0.0);
    let mut here = false;
    for line in lines {
        let line = line.trim();
        if line.starts_with("MAPPED_LIBRARIES") {
            break;
        } else if let Some(stack) = line.strip_prefix('@') {
            let mut stack = stack.split_whitespace().filter_map(|address| {
                u64::from_str_radix(address.trim_start_matches("0x"), 16).ok()
            });
            here = stack.any(|address| known.has(address));
        } else if let Some(sums) = line.strip_prefix("t*:").filter(|_| here) {
            let (sampled, sum) = accumulated(sums).ok_or("a line has no sums")?;
            if sampled > 0.0 {
                let scale = 1.0 / -(-sum / sampled / rate).exp_m1();
                objects += sampled * scale;
                bytes += sum * scale;
            }
        }
    }
    Ok(Estimate {
        objects: Some(objects),
        bytes,
    })
}

/// Objects and bytes of `1: 64 [2: 128]`: those in brackets, which include freed blocks.
fn accumulated(sums: &str) -> Option<(f64, f64)> {
    let (_, all) = sums.split_once('[')?;
    let (objects, bytes) = all.trim_end_matches(']').split_once(':')?;
    Some((objects.trim().parse().ok()?, bytes.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_with_the_function_are_scaled_and_summed() {
        let text = b"heap_v2/1000\n  t*: 9: 9 [9: 9]\n  t0: 9: 9 [9: 9]\n\
            @ 0x5001 0x9\n  t*: 0: 0 [2: 2000]\n  t0: 0: 0 [2: 2000]\n\
            @ 0x4fff 0x5101\n  t*: 1: 7 [1: 7]\nMAPPED_LIBRARIES:\n@ 0x5001\n t*: 1: 1 [1: 1]\n";
        let Estimate { objects, bytes } = read(text, &KnownFunction::example()).expect("read");
        let scale = 1.0 / (1.0 - (-1.0_f64).exp());
        assert!((objects.expect("objects") - 2.0 * scale).abs() < 1e-9);
        assert!((bytes - 2000.0 * scale).abs() < 1e-9);
        read(b"heap profile", &KnownFunction::example()).expect_err("another format");
    }
}
