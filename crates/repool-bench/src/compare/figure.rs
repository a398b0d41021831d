//! Numbers in notes, as Go formats them.

/// A number with the fewest digits that identify it, and an exponent if it is large or small, as Go's
/// `%v` writes it.
pub(super) fn shortest(value: f64) -> String {
    let text = format!("{value:e}");
    let Some((digits, power)) = text.split_once('e') else {
        return text;
    };
    match power.parse::<i32>() {
        Ok(power) if !(-4..6).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.abs())
        }
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::shortest;

    /// Expected texts are what Go's `fmt.Println` prints.
    #[test]
    fn numbers_look_as_in_go() {
        let cases = [
            (0.95, "0.95"),
            (0.0, "0"),
            (100000.0, "100000"),
            (1000000.0, "1e+06"),
            (123456789.0, "1.23456789e+08"),
            (1e21, "1e+21"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-1.5e-7, "-1.5e-07"),
        ];
        for (value, text) in cases {
            assert_eq!(shortest(value), text);
        }
    }
}
