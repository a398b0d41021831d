//! A builder of profiles for tests.

use prost::Message;
use repool_profile::proto;

/// A profile to which entries are added.
#[derive(Clone)]
pub struct TestProfile {
    pub profile: proto::Profile,
}

impl TestProfile {
    /// An empty profile with these sample types.
    pub fn new(types: &[(&str, &str)]) -> Self {
        let mut made = Self {
            profile: proto::Profile {
                string_table: vec![String::new()],
                ..Default::default()
            },
        };
        made.profile.sample_type = types.iter().map(|one| made.value_type(*one)).collect();
        made
    }

    /// The index of a string, which is added if it is new.
    pub fn text(&mut self, text: &str) -> i64 {
        let texts = &mut self.profile.string_table;
        let place = texts.iter().position(|own| own == text);
        place.unwrap_or_else(|| {
            texts.push(text.into());
            texts.len() - 1
        }) as i64
    }

    pub fn value_type(&mut self, (kind, unit): (&str, &str)) -> proto::ValueType {
        proto::ValueType {
            r#type: self.text(kind),
            unit: self.text(unit),
        }
    }

    pub fn mapping(&mut self, file: &str, build_id: &str, start: u64) -> u64 {
        let id = self.profile.mapping.len() as u64 + 1;
        let mapping = proto::Mapping {
            id,
            memory_start: start,
            memory_limit: start + 0x4000,
            filename: self.text(file),
            build_id: self.text(build_id),
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
            ..Default::default()
        };
        self.profile.mapping.push(mapping);
        id
    }

    /// Adds a function without a mangled name.
    pub fn function(&mut self, name: &str) -> u64 {
        self.named(name, "")
    }

    pub fn named(&mut self, name: &str, system_name: &str) -> u64 {
        let id = self.profile.function.len() as u64 + 1;
        let function = proto::Function {
            id,
            name: self.text(name),
            system_name: self.text(system_name),
            filename: self.text("/src/main.rs"),
            start_line: 0,
        };
        self.profile.function.push(function);
        id
    }

    /// Adds a location with these functions, the innermost first.
    pub fn location(&mut self, mapping_id: u64, functions: &[u64]) -> u64 {
        let id = self.profile.location.len() as u64 + 1;
        let line = |function: &u64| proto::Line {
            function_id: *function,
            line: *function as i64 + 10,
            column: 0,
        };
        self.profile.location.push(proto::Location {
            id,
            mapping_id,
            address: 0x1000 + id * 16,
            line: functions.iter().map(line).collect(),
            is_folded: false,
        });
        id
    }

    /// Adds a location of a new function with this name.
    pub fn at(&mut self, name: &str) -> u64 {
        let function = self.function(name);
        let mapping = u64::from(!self.profile.mapping.is_empty());
        self.location(mapping, &[function])
    }

    pub fn sample(&mut self, stack: &[u64], values: &[i64]) -> &mut proto::Sample {
        self.profile.sample.push(proto::Sample {
            location_id: stack.to_vec(),
            value: values.to_vec(),
            label: Vec::new(),
        });
        self.profile.sample.last_mut().expect("it was added")
    }

    /// Adds a label with a string to the last sample.
    pub fn label(&mut self, key: &str, text: &str) {
        let (key, text) = (self.text(key), self.text(text));
        let label = proto::Label {
            key,
            str: text,
            ..Default::default()
        };
        self.labels().push(label);
    }

    /// Adds a label with a number to the last sample.
    pub fn number(&mut self, key: &str, num: i64, unit: &str) {
        let (key, num_unit) = (self.text(key), self.text(unit));
        let label = proto::Label {
            key,
            num,
            num_unit,
            ..Default::default()
        };
        self.labels().push(label);
    }

    fn labels(&mut self) -> &mut Vec<proto::Label> {
        &mut self.profile.sample.last_mut().expect("a sample").label
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.profile.encode_to_vec()
    }
}
