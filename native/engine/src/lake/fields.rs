//! The columns of a lake table: how each is found in a data file, and what stands for it where a file lacks it.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BinaryArray, StringArray};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use datafusion::common::ScalarValue;

use crate::error::{EngineError, ErrorCode, Result};

/// Metadata key under which Parquet and Arrow keep a field id.
pub(crate) const FIELD_ID: &str = "PARQUET:field_id";
const PHYSICAL: &str = "bowyer.physical";
const DEFAULT: &str = "bowyer.default";
const NAMES: &str = "bowyer.names";

/// Most fields of a table, nested ones among them.
const MAX_FIELDS: usize = 100_000;
/// Deepest nesting of types.
const MAX_DEPTH: usize = 64;

/// How columns are found in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MappingMode {
    Id,
    Name,
}

/// A column, or a part of a nested one.
#[derive(Clone, Debug)]
pub(crate) struct LakeField {
    /// As plans see it, without the metadata that tells how it is found.
    pub(crate) field: FieldRef,
    pub(crate) id: Option<i32>,
    /// Its name in the files, for [`MappingMode::Name`].
    pub(crate) physical: String,
    /// Stands where a file lacks it. `None`: NULL.
    pub(crate) default: Option<ScalarValue>,
    /// Its names in files without ids.
    pub(crate) names: Option<Vec<String>>,
    /// As the planner declares it; plans see text and bytes as views.
    pub(crate) declared: DataType,
    /// Of a struct: its fields. Of a list: the item. Of a map: key and value.
    pub(crate) children: Vec<LakeField>,
}

/// The columns of a table, in order.
#[derive(Debug)]
pub(crate) struct LakeFields {
    pub(crate) columns: Vec<LakeField>,
    pub(crate) mode: MappingMode,
    /// Whether files without ids are read by names rather than by position.
    pub(crate) has_names: bool,
    /// Whether a file must have every column, though its values may be NULL.
    pub(crate) all_required: bool,
    index: HashMap<String, usize>,
}

impl LakeFields {
    pub(crate) fn new(columns: Vec<LakeField>, mode: MappingMode) -> Self {
        let index = columns.iter().enumerate().map(|(i, column)| (column.field.name().clone(), i)).collect();
        let has_names = columns.iter().any(LakeField::has_names);
        Self { columns, mode, has_names, all_required: false, index }
    }

    pub(crate) fn required(self) -> Self {
        Self { all_required: true, ..self }
    }

    /// Columns as a header has them.
    pub(crate) fn parse(what: &str, schema: &Schema, mode: MappingMode) -> Result<Self> {
        let mut count = 0;
        let columns: Result<Vec<LakeField>> =
            schema.fields().iter().map(|field| LakeField::parse(what, field, 0, &mut count)).collect();
        let fields = Self::new(columns?, mode);
        if fields.index.len() < fields.columns.len() {
            return Err(invalid(format!("{what}: two columns of the same name")));
        }
        Ok(fields)
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()))
    }
}

impl LakeField {
    fn parse(what: &str, field: &FieldRef, depth: usize, count: &mut usize) -> Result<Self> {
        *count += 1;
        if depth > MAX_DEPTH || *count > MAX_FIELDS {
            let message = format!(
                "{what}: column {} is nested more than {MAX_DEPTH} deep, or there are more than {MAX_FIELDS} fields",
                field.name()
            );
            return Err(EngineError::new(ErrorCode::LimitReached, message));
        }
        let mut parse = |child: &FieldRef| Self::parse(what, child, depth + 1, count);
        let (data_type, children) = match field.data_type() {
            DataType::Struct(fields) => {
                let children = fields.iter().map(parse).collect::<Result<Vec<_>>>()?;
                (DataType::Struct(clean(&children)), children)
            }
            DataType::List(item) => {
                let item = parse(item)?;
                (DataType::List(item.field.clone()), vec![item])
            }
            DataType::LargeList(item) => {
                let item = parse(item)?;
                (DataType::LargeList(item.field.clone()), vec![item])
            }
            DataType::Map(entries, sorted) => {
                let DataType::Struct(pair) = entries.data_type() else {
                    return Err(invalid(format!("{what}: column {}: not a map of pairs", field.name())));
                };
                let children = pair.iter().map(parse).collect::<Result<Vec<_>>>()?;
                if children.len() != 2 {
                    return Err(invalid(format!("{what}: column {}: not a map of pairs", field.name())));
                }
                let pair = Field::new(entries.name(), DataType::Struct(clean(&children)), false);
                (DataType::Map(Arc::new(pair), *sorted), children)
            }
            other if other.is_nested() => {
                return Err(invalid(format!("{what}: column {} is {other}, which lake tables lack", field.name())));
            }
            other => (other.clone(), Vec::new()),
        };
        let declared = data_type.clone();
        // As the reader of Parquet gives the columns of plain files, which is faster.
        let data_type = match data_type {
            DataType::Utf8 | DataType::LargeUtf8 if depth == 0 => DataType::Utf8View,
            DataType::Binary | DataType::LargeBinary if depth == 0 => DataType::BinaryView,
            other => other,
        };
        Self::of(what, field, (declared, data_type), children)
    }

    fn of(what: &str, field: &FieldRef, types: (DataType, DataType), children: Vec<LakeField>) -> Result<Self> {
        let (declared, data_type) = types;
        let bad = |key: &str, text: &str| invalid(format!("{what}: column {}: {key} is \"{text}\"", field.name()));
        let metadata = field.metadata();
        let id = match metadata.get(FIELD_ID) {
            Some(text) => Some(text.parse::<i32>().map_err(|_| bad(FIELD_ID, text))?),
            None => None,
        };
        let names = match metadata.get(NAMES) {
            Some(text) => Some(serde_json::from_str(text).map_err(|_| bad(NAMES, text))?),
            None => None,
        };
        let default = match metadata.get(DEFAULT) {
            Some(text) => Some(parse_default(text, &data_type).ok_or_else(|| bad(DEFAULT, text))?),
            None => None,
        };
        let kept = metadata.iter().filter(|(key, _)| *key != FIELD_ID && !key.starts_with("bowyer."));
        let kept: HashMap<String, String> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
        let physical = metadata.get(PHYSICAL).unwrap_or(field.name()).clone();
        let field = Arc::new(Field::new(field.name(), data_type, field.is_nullable()).with_metadata(kept));
        Ok(Self { field, id, physical, default, names, declared, children })
    }

    fn has_names(&self) -> bool {
        self.names.is_some() || self.children.iter().any(LakeField::has_names)
    }

    pub(crate) fn data_type(&self) -> &DataType {
        self.field.data_type()
    }

    /// Whether it, or a part of it, has this id.
    pub(crate) fn holds_id(&self, id: i32) -> bool {
        self.id == Some(id) || self.children.iter().any(|child| child.holds_id(id))
    }
}

fn clean(children: &[LakeField]) -> Fields {
    children.iter().map(|child| child.field.clone()).collect()
}

/// Binary as hex, everything else as Arrow casts text.
fn parse_default(text: &str, data_type: &DataType) -> Option<ScalarValue> {
    let array: ArrayRef = match data_type {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            let bytes = from_hex(text)?;
            Arc::new(BinaryArray::from(vec![bytes.as_slice()]))
        }
        _ => Arc::new(StringArray::from(vec![text])),
    };
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let array = cast_with_options(&array, data_type, &options).ok()?;
    ScalarValue::try_from_array(&array, 0).ok()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

pub(crate) fn invalid(message: impl Into<String>) -> EngineError {
    EngineError::new(ErrorCode::InvalidArgument, message)
}
