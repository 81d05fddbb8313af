//! From what a user wrote as a location to a list of files: one file, a folder, a glob, Hive-partitioned folders.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use object_store::ObjectMeta;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::error::{EngineError, ErrorCode, Result};
use crate::stores::{Kind, PinnedFile, Prefixes, Source, key, location_url};

/// Most files of one table.
pub(crate) const MAX_FILES: usize = 1_000_000;
/// Hive's name for a NULL in a folder name.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Parquet,
    Csv,
    /// One JSON object a line, or one array of objects a file.
    Ndjson,
    /// An Arrow IPC file or stream.
    Arrow,
}

impl Format {
    /// By the file's ending, compression endings (`.gz`, `.zst`, `.bz2`, `.xz`) of text formats aside.
    fn of(file: &str) -> Option<Format> {
        let lower = file.to_lowercase();
        let plain = compression_ending(&lower).map_or(lower.as_str(), |ending| &lower[..lower.len() - ending.len()]);
        let format = match plain.rsplit_once('.')?.1 {
            "parquet" | "parq" | "pq" => Format::Parquet,
            "csv" => Format::Csv,
            "json" | "ndjson" | "jsonl" => Format::Ndjson,
            "arrow" | "arrows" | "feather" | "ipc" => Format::Arrow,
            _ => return None,
        };
        let text = matches!(format, Format::Csv | Format::Ndjson);
        (text || plain.len() == lower.len()).then_some(format)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::Arrow => "arrow",
        }
    }
}

pub(crate) fn compression_ending(file: &str) -> Option<&'static str> {
    [".gz", ".zst", ".bz2", ".xz"].into_iter().find(|ending| file.to_lowercase().ends_with(ending))
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CsvOptions {
    /// One ASCII character.
    pub delimiter: char,
    pub header: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: ',', header: true }
    }
}

/// What a user says of a table. Messages show the name, not the location, which may tell clients of the server's folders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// For messages and plans.
    pub name: String,
    /// A path or URL of a file, a folder (read recursively) or a glob.
    pub location: String,
    #[serde(default)]
    pub format: Option<Format>,
    /// Names of the Hive partition columns, in path order. Default: as the folders say.
    #[serde(default)]
    pub partitions: Option<Vec<String>>,
    #[serde(default)]
    pub csv: CsvOptions,
}

/// The files of a location, in order of their paths.
pub(crate) struct Located {
    pub(crate) format: Format,
    pub(crate) files: Vec<PinnedFile>,
    /// Partition columns with their types, and one value a file and column.
    pub(crate) partition_columns: Vec<(String, DataType)>,
    pub(crate) partition_values: Vec<Vec<ScalarValue>>,
}

pub(crate) async fn locate(spec: &TableSpec, prefixes: &Prefixes) -> Result<Located> {
    let url = location_url(&spec.location)?;
    let source = prefixes.find(&url)?;
    let found = find_files(spec, &url, &source).await?;
    let format = match spec.format {
        Some(format) => format,
        None => agreed_format(spec, &found)?,
    };
    let found: Vec<_> = match spec.format {
        Some(_) => found,
        None => found.into_iter().filter(|(below, _)| Format::of(below).is_some()).collect(),
    };
    for (below, meta) in &found {
        if meta.size == 0 {
            let message = format!("file {}/{below} is empty (0 bytes)", spec.name);
            return Err(
                EngineError::new(ErrorCode::SourceInvalid, message).with_hint("remove the file or write it again")
            );
        }
    }
    let (partition_columns, partition_values) = partitions(spec, &found)?;
    let pinned = |(below, meta): (String, ObjectMeta)| {
        PinnedFile::listed(source.clone(), Path::from(format!("{}/{below}", spec.name)), meta)
    };
    let files = found.into_iter().map(pinned).collect();
    Ok(Located { format, files, partition_columns, partition_values })
}

/// Files as (path below the root, meta), hidden ones left out, sorted.
async fn find_files(spec: &TableSpec, url: &str, source: &Source) -> Result<Vec<(String, ObjectMeta)>> {
    let path = key(url);
    let exact = Path::parse(path.trim_matches('/')).map_err(|e| not_found(spec, &e.to_string()))?;
    if !path.ends_with('/')
        && !exact.as_ref().is_empty()
        && let Some(meta) = head(spec, source, &exact).await?
    {
        let name = exact.filename().unwrap_or("file").to_string();
        return Ok(vec![(name, meta)]);
    }
    if source.kind == Kind::Http {
        let message = format!("{}: no such file, and {} cannot be listed", spec.name, source.prefix);
        return Err(EngineError::new(ErrorCode::SourceNotFound, message).with_hint("name a single file"));
    }
    let (root, pattern) = split_glob(&path);
    let root = Path::parse(root.trim_matches('/')).map_err(|e| not_found(spec, &e.to_string()))?;
    let pattern = match pattern {
        Some(text) => Some(glob::Pattern::new(text).map_err(|e| not_found(spec, &format!("bad glob: {e}")))?),
        None => None,
    };
    let listed = source.list(&root, MAX_FILES, &spec.name).await?;
    let mut found: Vec<(String, ObjectMeta)> = listed
        .iter()
        .filter(|meta| !is_folder_marker(source, meta))
        .filter_map(|meta| {
            let below: Vec<String> = meta.location.prefix_match(&root)?.map(|part| part.as_ref().to_string()).collect();
            let hidden = below.iter().any(|part| is_hidden(part));
            let below = below.join("/");
            let matched = pattern.as_ref().is_none_or(|p| p.matches_with(&below, GLOB));
            (!hidden && matched && !below.is_empty()).then(|| (below, meta.clone()))
        })
        .collect();
    if found.is_empty() {
        return Err(not_found(spec, "no such file, and no data file below it"));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

/// The file at `exact`, if there is one. A store that does not answer is an error; one that denies the look may still list.
async fn head(spec: &TableSpec, source: &Source, exact: &Path) -> Result<Option<ObjectMeta>> {
    match source.head(exact, &spec.name).await {
        Ok(meta) => Ok(Some(meta)),
        Err(error) if source.is_local() || error.code == ErrorCode::SourceNotFound => Ok(None),
        Err(error) if error.code == ErrorCode::PermissionDenied && source.kind == Kind::Bucket => Ok(None),
        Err(error) => Err(error),
    }
}

/// What tools put into buckets so that a folder without files can be seen.
fn is_folder_marker(source: &Source, meta: &ObjectMeta) -> bool {
    let is_plain = || meta.location.filename().is_none_or(|name| !name.contains('.'));
    meta.size == 0 && source.kind == Kind::Bucket && is_plain()
}

const GLOB: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Spark's `_SUCCESS`, `_temporary`, `.crc` and the like; but not a partition folder of a column `_x`.
fn is_hidden(part: &str) -> bool {
    part.starts_with('.') || part.starts_with('_') && !part.contains('=')
}

/// The folder in front of the first part with a wildcard, and the rest.
fn split_glob(path: &str) -> (&str, Option<&str>) {
    let Some(wild) = path.find(['*', '?', '[']) else {
        return (path, None);
    };
    match path[..wild].rfind('/') {
        Some(slash) => (&path[..slash], Some(&path[slash + 1..])),
        None => ("", Some(path)),
    }
}

fn not_found(spec: &TableSpec, reason: &str) -> EngineError {
    EngineError::new(ErrorCode::SourceNotFound, format!("{}: {reason}", spec.name))
        .with_hint("check the path; relative paths start at the folder the server was started in")
}

fn agreed_format(spec: &TableSpec, found: &[(String, ObjectMeta)]) -> Result<Format> {
    let mut first: Option<(Format, &str)> = None;
    for (below, _) in found {
        match (Format::of(below), first) {
            (Some(format), None) => first = Some((format, below)),
            (Some(format), Some((agreed, example))) if format != agreed => {
                let message = format!("{}: {example} is {} but {below} is {}", spec.name, agreed.name(), format.name());
                return Err(EngineError::new(ErrorCode::UnknownFormat, message)
                    .with_hint("register one format a dataset, for example with a glob such as folder/*.parquet"));
            }
            _ => {}
        }
    }
    first.map(|(format, _)| format).ok_or_else(|| {
        let example = found.first().map_or("", |(below, _)| below.as_str());
        EngineError::new(ErrorCode::UnknownFormat, format!("unknown format of file {}/{example}", spec.name)).with_hint(
            "known endings: .parquet, .parq, .pq, .csv, .json, .ndjson, .jsonl, .arrow, .feather; or say the format",
        )
    })
}

type Partitions = (Vec<(String, DataType)>, Vec<Vec<ScalarValue>>);

fn partitions(spec: &TableSpec, found: &[(String, ObjectMeta)]) -> Result<Partitions> {
    let mut columns: Option<Vec<String>> = spec.partitions.clone();
    let mut texts: Vec<Vec<Option<String>>> = Vec::with_capacity(found.len());
    for (below, _) in found {
        let folders = below.rsplit_once('/').map_or("", |(folders, _)| folders);
        let pairs: Vec<(&str, &str)> = folders.split('/').filter_map(|part| part.split_once('=')).collect();
        let names: Vec<String> = pairs.iter().map(|(name, _)| name.to_string()).collect();
        let expected = columns.get_or_insert_with(|| names.clone());
        if *expected != names {
            let message = format!(
                "{}: file {below} has partition columns [{}], others have [{}]",
                spec.name,
                names.join(", "),
                expected.join(", ")
            );
            return Err(EngineError::new(ErrorCode::SchemaConflict, message)
                .with_hint("all files of a dataset must lie in the same partition folders"));
        }
        texts.push(pairs.into_iter().map(|(_, value)| decoded(value)).collect());
    }
    let names = columns.unwrap_or_default();
    let types: Vec<DataType> =
        (0..names.len()).map(|i| partition_type(texts.iter().filter_map(|row| row[i].as_deref()))).collect();
    let mut values = Vec::with_capacity(texts.len());
    for row in &texts {
        let typed: std::result::Result<Vec<_>, _> =
            row.iter().zip(&types).map(|(text, data_type)| partition_value(text.as_deref(), data_type)).collect();
        values.push(typed?);
    }
    Ok((names.into_iter().zip(types).collect(), values))
}

fn decoded(value: &str) -> Option<String> {
    let text = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
    (text != HIVE_NULL).then_some(text)
}

/// BIGINT, DATE or VARCHAR: the narrowest that all values fit and that gives them back unchanged.
fn partition_type<'a>(values: impl Iterator<Item = &'a str> + Clone) -> DataType {
    let is_integer = |text: &str| text.parse::<i64>().is_ok_and(|number| number.to_string() == text);
    let is_date =
        |text: &str| text.len() == 10 && ScalarValue::try_from_string(text.to_string(), &DataType::Date32).is_ok();
    if values.clone().next().is_none() {
        return DataType::Utf8;
    }
    if values.clone().all(is_integer) {
        return DataType::Int64;
    }
    let mut values = values;
    if values.all(is_date) { DataType::Date32 } else { DataType::Utf8 }
}

fn partition_value(text: Option<&str>, data_type: &DataType) -> datafusion::error::Result<ScalarValue> {
    match text {
        Some(text) => ScalarValue::try_from_string(text.to_string(), data_type),
        None => ScalarValue::try_from(data_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_by_ending() {
        assert_eq!(Format::of("a/b.PARQUET"), Some(Format::Parquet));
        assert_eq!(Format::of("x.csv.gz"), Some(Format::Csv));
        assert_eq!(Format::of("x.jsonl.zst"), Some(Format::Ndjson));
        assert_eq!(Format::of("x.parquet.gz"), None);
        assert_eq!(Format::of("README"), None);
    }

    #[test]
    fn splits_globs_at_the_folder() {
        assert_eq!(split_glob("/data/a/*.csv"), ("/data/a", Some("*.csv")));
        assert_eq!(split_glob("/data/2024-*/x.csv"), ("/data", Some("2024-*/x.csv")));
        assert_eq!(split_glob("/data/a.csv"), ("/data/a.csv", None));
    }

    #[test]
    fn partition_types_are_the_narrowest_that_keep_the_text() {
        let type_of = |values: &[&str]| partition_type(values.iter().copied());
        assert_eq!(type_of(&["1", "-20"]), DataType::Int64);
        assert_eq!(type_of(&["01", "2"]), DataType::Utf8);
        assert_eq!(type_of(&["2024-01-31", "2025-12-01"]), DataType::Date32);
        assert_eq!(type_of(&["2024-01-31", "x"]), DataType::Utf8);
        assert_eq!(type_of(&[]), DataType::Utf8);
    }
}
