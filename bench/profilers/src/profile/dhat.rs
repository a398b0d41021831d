//! dhat's format: JSON with exact figures for each stack.

use serde_json::Value;

use super::Estimate;
use crate::known_function::KnownFunction;

pub fn read(bytes: &[u8], known: &KnownFunction) -> Result<Estimate, String> {
    let profile: Value = serde_json::from_slice(bytes).map_err(|problem| problem.to_string())?;
    let list = |value: &'_ Value, name: &str| value[name].as_array().cloned();
    let frames = list(&profile, "ftbl").ok_or("it has no ftbl")?;
    // A frame reads `0x5001: path::function (file:line:column)`.
    let is_in_function: Vec<bool> = (frames.iter())
        .map(|frame| {
            let frame = frame.as_str().unwrap_or_default();
            let (address, name) = frame.split_once(": ").unwrap_or(("", frame));
            let address = u64::from_str_radix(address.trim_start_matches("0x"), 16);
            known.is_called(name) || address.is_ok_and(|address| known.has(address))
        })
        .collect();
    let (mut objects, mut bytes) = (0.0, 0.0);
    for stack in list(&profile, "pps").ok_or("it has no pps")? {
        let frames = list(&stack, "fs").ok_or("a stack has no frames")?;
        let mut frames = frames.iter().filter_map(Value::as_u64);
        if frames.any(|frame| is_in_function.get(frame as usize) == Some(&true)) {
            objects += stack["tbk"].as_f64().ok_or("a stack has no tbk")?;
            bytes += stack["tb"].as_f64().ok_or("a stack has no tb")?;
        }
    }
    Ok(Estimate {
        objects: Some(objects),
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_with_the_function_are_summed() {
        let text = br#"{
            "pps": [
                {"tb": 10, "tbk": 1, "fs": [1, 2]},
                {"tb": 200, "tbk": 2, "fs": [2]},
                {"tb": 4000, "tbk": 4, "fs": [3]}
            ],
            "ftbl": ["[root]", "0x5001: ??? (a.rs:1:1)", "0x9: main (a.rs:2:1)",
                     "0x7: a::profiled_same (a.rs:3:1)"]
        }"#;
        let (objects, bytes) = (Some(5.0), 4010.0);
        assert_eq!(
            read(text, &KnownFunction::example()),
            Ok(Estimate { objects, bytes })
        );
        read(b"{}", &KnownFunction::example()).expect_err("no frames");
    }
}
