//! Credentials from the files that AWS's own tools keep: `~/.aws/credentials` and `~/.aws/config`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::Result;
use crate::stores::options::{MAX_SMALL_FILE, invalid};

/// What a profile says. No Debug: it holds secrets.
#[derive(Default)]
pub(crate) struct Profile {
    values: BTreeMap<String, String>,
}

impl Profile {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn has_keys(&self) -> bool {
        self.get("aws_access_key_id").is_some() && self.get("aws_secret_access_key").is_some()
    }
}

/// The files that AWS's tools would read: credentials, then config.
pub(crate) fn default_files(environment: &dyn Fn(&str) -> Option<String>) -> [Option<PathBuf>; 2] {
    let home = environment("HOME").map(PathBuf::from);
    let of = |variable: &str, name: &str| {
        environment(variable).map(PathBuf::from).or_else(|| home.as_ref().map(|home| home.join(".aws").join(name)))
    };
    [of("AWS_SHARED_CREDENTIALS_FILE", "credentials"), of("AWS_CONFIG_FILE", "config")]
}

/// The profile out of `files`, earlier ones winning; `None` when no file knows it. A file that is missing says nothing.
pub(crate) fn read(prefix: &str, files: &[PathBuf], name: &str) -> Result<Option<Profile>> {
    let mut found: Option<Profile> = None;
    for path in files {
        let wrong = |reason: String| invalid(format!("store {prefix}: profile file {}: {reason}", path.display()));
        let size = match std::fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => return Err(wrong(e.to_string())),
        };
        if size > MAX_SMALL_FILE {
            return Err(wrong(format!("{size} bytes (expected: at most {MAX_SMALL_FILE})")));
        }
        let bytes = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8".to_string()))?;
        if let Some(values) = section(&text, name) {
            let profile = found.get_or_insert_default();
            for (key, value) in values {
                profile.values.entry(key).or_insert(value);
            }
        }
    }
    Ok(found)
}

/// `[name]` or, as in the config file, `[profile name]`. Indented lines belong to a nested setting and are passed over.
fn section(text: &str, name: &str) -> Option<BTreeMap<String, String>> {
    let mut values: Option<BTreeMap<String, String>> = None;
    let mut inside = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = trimmed.strip_prefix('[') {
            let header = header.split(']').next().unwrap_or("").trim();
            inside = header.strip_prefix("profile ").map_or(header, str::trim) == name;
            if inside {
                values.get_or_insert_default();
            }
        } else if let (true, false, Some((key, value))) =
            (inside, line.starts_with([' ', '\t']), trimmed.split_once('='))
        {
            values.get_or_insert_default().insert(key.trim().to_ascii_lowercase(), value.trim().to_string());
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "# mine\n[default]\nregion = eu-west-1\n\n[profile work]\nregion=us-west-2\ns3 =\n  \
        addressing_style = path\naws_access_key_id = A=B\n";

    #[test]
    fn sections_of_both_files_are_read() {
        assert_eq!(section(CONFIG, "default").unwrap()["region"], "eu-west-1");
        let work = section(CONFIG, "work").unwrap();
        assert_eq!((work["region"].as_str(), work["aws_access_key_id"].as_str()), ("us-west-2", "A=B"));
        assert!(!work.contains_key("addressing_style"));
        assert!(section(CONFIG, "none").is_none());
    }
}
