//! Makes the sample types and units of profiles compatible before they are merged, and finds the
//! sample type that the user selects.

use std::collections::HashMap;

use super::AnalysisError;
use crate::measure;
use crate::profile::Profile;
use crate::profile::ValueType;

/// Keeps the sample types that occur exactly once in each of the profiles, in the order of the first
/// profile.
pub(super) fn align(profiles: &mut [Profile]) -> Result<(), AnalysisError> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (kind, _) in profiles.iter().flat_map(|profile| profile.sample_types()) {
        *counts.entry(kind).or_default() += 1;
    }
    let common: Vec<String> = profiles[0]
        .sample_types()
        .filter(|(kind, _)| counts[kind] == profiles.len())
        .map(|(kind, _)| kind.to_owned())
        .collect();
    if common.is_empty() {
        return Err(AnalysisError::NoCommonSampleType);
    }
    for profile in profiles {
        choose(profile, &common)?;
    }
    Ok(())
}

/// Keeps the sample types with these names, in this order.
fn choose(profile: &mut Profile, kinds: &[String]) -> Result<(), AnalysisError> {
    let mut own: HashMap<&str, usize> = HashMap::new();
    for (at, (kind, _)) in profile.sample_types().enumerate() {
        own.entry(kind).or_insert(at);
    }
    let indices = kinds.iter().map(|kind| own.get(&**kind).copied());
    let indices: Option<Vec<usize>> = indices.collect();
    let indices = indices.ok_or(AnalysisError::NoCommonSampleType)?;
    if indices.iter().copied().eq(0..profile.sample_types.len()) {
        return Ok(());
    }
    let types: Vec<ValueType> = indices.iter().map(|at| profile.sample_types[*at]).collect();
    if !types
        .iter()
        .any(|kept| kept.kind == profile.default_sample_type)
    {
        profile.default_sample_type = types[0].kind;
    }
    profile.sample_types = types;
    profile.samples.choose_values(&indices);
    Ok(())
}

/// Gives the profiles the same sample types and units, so that their values can be added.
pub(super) fn unify(profiles: &mut [Profile]) -> Result<(), AnalysisError> {
    align(profiles)?;
    to_finest_units(profiles)?;
    let (first, rest) = profiles.split_first().expect("there are two at least");
    rest.iter().try_for_each(|other| check_same(first, other))
}

/// Converts the values and periods of profiles with the same sample types to the finest of their
/// units.
fn to_finest_units(profiles: &mut [Profile]) -> Result<(), AnalysisError> {
    let period = finest(
        "period",
        profiles
            .iter()
            .map(|profile| named(profile, profile.period_type.unwrap_or_default())),
    )?;
    let mut units = Vec::new();
    for at in 0..profiles[0].sample_types.len() {
        let types = profiles.iter();
        let types = types.map(|profile| named(profile, profile.sample_types[at]));
        units.push(finest("sample type", types)?);
    }
    for profile in profiles {
        let mut own = profile.period_type.unwrap_or_default();
        let (value, _) = measure::scale(profile.period, profile.string(own.unit), &period);
        own.unit = profile.strings.add(&period);
        profile.period = measure::whole(value);
        profile.period_type = Some(own);
        let mut ratios = Vec::with_capacity(units.len());
        for (at, unit) in units.iter().enumerate() {
            let own = profile.sample_types[at].unit;
            ratios.push(measure::scale(1, profile.string(own), unit).0);
            profile.sample_types[at].unit = profile.strings.add(unit);
        }
        scale(profile, &ratios);
    }
    Ok(())
}

/// The name and the unit of a value.
fn named(profile: &Profile, value: ValueType) -> (&str, &str) {
    (profile.string(value.kind), profile.string(value.unit))
}

/// The finest of several units. An error if the names or the kinds of units differ.
fn finest<'a>(
    what: &'static str,
    mut types: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<String, AnalysisError> {
    let singular = |kind: &'a str| kind.strip_suffix('s').unwrap_or(kind);
    let mut finest = types.next().unwrap_or_default();
    for other in types {
        let same_unit = finest.1 == other.1 || measure::are_of_one_family(finest.1, other.1);
        if singular(finest.0) != singular(other.0) || !same_unit {
            return Err(incompatible(what, finest, other));
        }
        if measure::scale(1, other.1, finest.1).0 < 1.0 {
            finest = other;
        }
    }
    Ok(finest.1.to_owned())
}

fn incompatible(what: &'static str, one: (&str, &str), other: (&str, &str)) -> AnalysisError {
    let shown = |(kind, unit): (&str, &str)| match (kind, unit) {
        ("", "") => "none".into(),
        _ => format!("{kind}/{unit}"),
    };
    AnalysisError::Incompatible {
        what,
        one: shown(one),
        other: shown(other),
    }
}

/// An error unless all types have identical names and units, which a merge requires.
fn check_same(first: &Profile, other: &Profile) -> Result<(), AnalysisError> {
    let period = |profile: &Profile| profile.period_type.unwrap_or_default();
    let periods = ("period", period(first), period(other));
    let types = first.sample_types.iter().zip(&other.sample_types);
    let types = types.map(|(own, other)| ("sample type", *own, *other));
    for (what, one_type, other_type) in types.chain([periods]) {
        let (one, another) = (named(first, one_type), named(other, other_type));
        if one != another {
            return Err(incompatible(what, one, another));
        }
    }
    Ok(())
}

/// Multiplies each value by the ratio of its type. As pprof, removes samples whose scaled values
/// are all 0, even if they have other values.
pub(super) fn scale(profile: &mut Profile, ratios: &[f64]) {
    if ratios.iter().all(|ratio| *ratio == 1.0) {
        return;
    }
    for values in profile.samples.values_mut().chunks_exact_mut(ratios.len()) {
        for (value, ratio) in values.iter_mut().zip(ratios) {
            if *ratio != 1.0 {
                *value = measure::whole((*value as f64 * ratio).round());
            }
        }
    }
    profile.samples.retain(|sample| {
        let mut scaled = sample.values.iter().zip(ratios);
        scaled
            .any(|(value, ratio)| *ratio != 1.0 && *value != 0)
            .then_some(0)
    });
}

/// The index of the sample type with this name or index; without one, of the profile's default sample
/// type, or else the last.
pub(crate) fn find(profile: &Profile, asked: Option<&str>) -> Result<usize, AnalysisError> {
    let count = profile.sample_types.len();
    let index = |kind: &str| profile.sample_types().position(|(own, _)| own == kind);
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        let default = profile.default_sample_type;
        let default = (!default.is_empty()).then(|| profile.string(default));
        return Ok(default.and_then(index).unwrap_or(count - 1));
    };
    let found = match asked.parse::<i64>() {
        Ok(number) => usize::try_from(number).ok().filter(|at| *at < count),
        // Old profiles call `inuse_space` `space`.
        Err(_) => {
            let short = asked.strip_prefix("inuse_").unwrap_or(asked);
            let mut types = profile.sample_types();
            types.position(|(kind, _)| kind == asked || kind == short)
        }
    };
    found.ok_or_else(|| AnalysisError::NoSampleType {
        asked: asked.into(),
        types: profile
            .sample_types()
            .map(|(kind, _)| kind.into())
            .collect(),
    })
}
