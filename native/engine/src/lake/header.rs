//! What a table format's planner says of one version of a table, apart from its data files.

use std::panic::{AssertUnwindSafe, catch_unwind};

use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::ipc::convert::try_schema_from_ipc_buffer;
use serde::Deserialize;

use crate::error::{EngineError, ErrorCode, Result};
use crate::lake::fields::{LakeFields, MappingMode, invalid};

/// Longest header, in bytes.
pub(crate) const MAX_HEADER_BYTES: usize = 256 << 20;
/// Most delete files of one version.
const MAX_DELETE_FILES: usize = 1_000_000;
/// Most groups of data files. Each one with equality deletes is a scan of its own.
const MAX_GROUPS: usize = 10_000;
/// Most equality-delete files of all groups together, each counted once a group: so often they may be read.
const MAX_GROUP_EQUALITY_DELETES: usize = 50_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TableFormat {
    Iceberg,
    Delta,
}

impl TableFormat {
    pub(crate) fn name(self) -> &'static str {
        match self {
            TableFormat::Iceberg => "iceberg",
            TableFormat::Delta => "delta",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawHeader {
    name: String,
    format: TableFormat,
    root: String,
    version: String,
    mapping: MappingMode,
    schema: String,
    groups: Vec<Group>,
    #[serde(default)]
    position_deletes: Vec<DeleteFile>,
    #[serde(default)]
    equality_deletes: Vec<RawEqualityDelete>,
    #[serde(default)]
    #[allow(dead_code)]
    moved: Option<Moved>,
    #[serde(default)]
    allowed: Option<Vec<String>>,
}

/// Data files with the same constants and the same equality deletes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Group {
    /// Columns whose value the table's metadata tells, for each file.
    #[serde(default)]
    pub(crate) constants: Vec<usize>,
    #[serde(default)]
    pub(crate) equality_deletes: Vec<usize>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteFile {
    pub(crate) path: String,
    pub(crate) size: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEqualityDelete {
    path: String,
    size: u64,
    columns: Vec<i32>,
    schema: String,
}

/// Rows equal to one of its rows in the key columns are deleted.
#[derive(Debug)]
pub(crate) struct EqualityDelete {
    pub(crate) file: DeleteFile,
    /// Field ids, in order.
    pub(crate) columns: Vec<i32>,
    pub(crate) fields: LakeFields,
}

/// Where the table lay when its delete files were written; the planner has applied it to all paths. Only checked for form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Moved {
    from: String,
    to: String,
}

#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) format: TableFormat,
    pub(crate) root: String,
    pub(crate) version: String,
    pub(crate) fields: LakeFields,
    pub(crate) groups: Vec<Group>,
    pub(crate) position_deletes: Vec<DeleteFile>,
    pub(crate) equality_deletes: Vec<EqualityDelete>,
    pub(crate) allowed: Option<Vec<String>>,
}

impl Header {
    pub(crate) fn parse(json: &[u8]) -> Result<Self> {
        if json.len() > MAX_HEADER_BYTES {
            let message = format!("table header: {} bytes (limit max-header-bytes of {MAX_HEADER_BYTES})", json.len());
            return Err(EngineError::new(ErrorCode::LimitReached, message));
        }
        let raw: RawHeader = serde_json::from_slice(json).map_err(|e| invalid(format!("table header: {e}")))?;
        let name = raw.name;
        let fields = LakeFields::parse(&name, &schema(&name, &raw.schema)?, raw.mapping)?;
        limited(&name, "groups", raw.groups.len(), MAX_GROUPS)?;
        limited(&name, "delete files", raw.position_deletes.len() + raw.equality_deletes.len(), MAX_DELETE_FILES)?;
        let equality_deletes = raw.groups.iter().map(|group| group.equality_deletes.len()).sum();
        limited(&name, "equality deletes of all groups", equality_deletes, MAX_GROUP_EQUALITY_DELETES)?;
        for (i, group) in raw.groups.iter().enumerate() {
            let what = format!("{name}: group {i}");
            indexes(&format!("{what}: constants"), &group.constants, fields.columns.len())?;
            indexes(&format!("{what}: equalityDeletes"), &group.equality_deletes, raw.equality_deletes.len())?;
        }
        let deletes = raw.equality_deletes.into_iter().map(|delete| equality_delete(&name, delete));
        let equality_deletes = deletes.collect::<Result<Vec<_>>>()?;
        check_keys(&name, &fields, &equality_deletes)?;
        Ok(Self {
            fields,
            format: raw.format,
            root: raw.root,
            version: raw.version,
            groups: raw.groups,
            position_deletes: raw.position_deletes,
            equality_deletes,
            allowed: raw.allowed,
            name,
        })
    }
}

fn limited(name: &str, what: &str, count: usize, limit: usize) -> Result<()> {
    if count <= limit {
        return Ok(());
    }
    let message = format!("{name}: {count} {what} (limit {limit})");
    Err(EngineError::new(ErrorCode::LimitReached, message).with_hint("compact the table, then ask again"))
}

fn indexes(what: &str, indexes: &[usize], end: usize) -> Result<()> {
    match indexes.iter().find(|index| **index >= end) {
        Some(index) => Err(invalid(format!("{what}: index {index} (expected: below {end})"))),
        None => Ok(()),
    }
}

fn equality_delete(name: &str, raw: RawEqualityDelete) -> Result<EqualityDelete> {
    let what = format!("{name}: equality delete {}", raw.path);
    let mut fields = LakeFields::parse(&what, &schema(&what, &raw.schema)?, MappingMode::Id)?;
    let mut columns = raw.columns;
    columns.sort_unstable();
    columns.dedup();
    if columns.is_empty() {
        return Err(invalid(format!("{what}: no columns")));
    }
    if let Some(id) = columns.iter().find(|id| !fields.columns.iter().any(|column| column.holds_id(**id))) {
        return Err(invalid(format!("{what}: column {id} is not in its schema")));
    }
    if let Some(id) = columns.iter().find(|id| !fields.columns.iter().any(|column| column.id == Some(**id))) {
        return Err(nested_key(name, &id.to_string()));
    }
    fields.columns.retain(|column| column.id.is_some_and(|id| columns.contains(&id)));
    if let Some(column) = fields.columns.iter().find(|column| column.data_type().is_nested()) {
        return Err(nested_key(name, column.field.name()));
    }
    fields.columns.sort_by_key(|column| column.id);
    let fields = LakeFields::new(fields.columns, MappingMode::Id);
    Ok(EqualityDelete { file: DeleteFile { path: raw.path, size: raw.size }, columns, fields })
}

fn nested_key(name: &str, column: &str) -> EngineError {
    let message = format!("{name}: an equality delete over the nested column {column} is not supported");
    EngineError::new(ErrorCode::Unsupported, message)
        .with_hint("rewrite the data files of the table, which applies the deletes")
}

/// A key that the table has as a part of a nested column has no column of its own to compare.
fn check_keys(name: &str, fields: &LakeFields, deletes: &[EqualityDelete]) -> Result<()> {
    for id in deletes.iter().flat_map(|delete| &delete.columns) {
        let nested = |column: &&crate::lake::fields::LakeField| column.id != Some(*id) && column.holds_id(*id);
        if let Some(column) = fields.columns.iter().find(nested) {
            return Err(nested_key(name, column.field.name()));
        }
    }
    Ok(())
}

fn schema(what: &str, base64: &str) -> Result<Schema> {
    let bytes = from_base64(base64).ok_or_else(|| invalid(format!("{what}: schema is not base64")))?;
    // Arrow's reader panics where a part of a schema is missing.
    let read = catch_unwind(AssertUnwindSafe(|| try_schema_from_ipc_buffer(&bytes)));
    let damaged = |e: &str| invalid(format!("{what}: schema is not an Arrow schema: {e}"));
    read.map_err(|_| damaged("a part is missing"))?.map_err(|e| damaged(&e.to_string()))
}

/// The standard alphabet, padded or not.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len() / 4 * 3 + 3), 0u32, 0);
    for character in text.trim_end_matches('=').bytes() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_padded_or_not() {
        assert_eq!(from_base64("TWFu").unwrap(), b"Man");
        assert_eq!(from_base64("TWE=").unwrap(), b"Ma");
        assert_eq!(from_base64("TQ").unwrap(), b"M");
        assert_eq!(from_base64("+/8=").unwrap(), [0xFB, 0xFF]);
        assert!(from_base64("T*").is_none());
    }
}
