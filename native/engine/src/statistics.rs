//! What is known of a table's columns without reading rows.

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, Statistics};
use serde::Serialize;

/// Longest text of a value that is told.
const MAX_VALUE_BYTES: usize = 1024;

/// Exact, all of it: what is only guessed is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableStatistics {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Those of which something is known, in the order of the schema; none that are nested.
    pub columns: Vec<ColumnStatistics>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnStatistics {
    pub column: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nulls: Option<u64>,
    /// As SQL's cast to text gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
}

/// What one file tells of a column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) nulls: Option<u64>,
    pub(crate) min: Option<ScalarValue>,
    pub(crate) max: Option<ScalarValue>,
}

/// Puts together what all files of a table tell of one column.
pub(crate) struct Merged {
    nulls: Option<u64>,
    /// `None`: of some file it is not known; otherwise `None` as long as there is no value.
    min: Option<Option<ScalarValue>>,
    max: Option<Option<ScalarValue>>,
}

impl Default for Merged {
    fn default() -> Self {
        Self { nulls: Some(0), min: Some(None), max: Some(None) }
    }
}

impl Merged {
    /// `rows` of the file, where known.
    pub(crate) fn add(&mut self, file: &Known, rows: Option<u64>) {
        self.nulls = self.nulls.zip(file.nulls).map(|(sum, nulls)| sum + nulls);
        // A file without values changes no bound.
        if rows.is_some() && rows == file.nulls {
            return;
        }
        self.min = merged(self.min.take(), &file.min, |new, old| new < old);
        self.max = merged(self.max.take(), &file.max, |new, old| new > old);
    }

    /// Nothing where nothing is known.
    pub(crate) fn told(self, column: &str) -> Option<ColumnStatistics> {
        let (min, max) = (text(self.min.flatten()), text(self.max.flatten()));
        let known = self.nulls.is_some() || min.is_some() || max.is_some();
        known.then(|| ColumnStatistics { column: column.to_string(), nulls: self.nulls, min, max })
    }
}

fn merged(
    bound: Option<Option<ScalarValue>>,
    file: &Option<ScalarValue>,
    is_further: impl Fn(&ScalarValue, &ScalarValue) -> bool,
) -> Option<Option<ScalarValue>> {
    let (bound, file) = (bound?, file.as_ref().filter(|value| !value.is_null())?);
    match bound {
        Some(bound) if !is_further(file, &bound) => Some(Some(bound)),
        _ => Some(Some(file.clone())),
    }
}

fn text(value: Option<ScalarValue>) -> Option<String> {
    match value?.cast_to(&DataType::Utf8).ok()? {
        ScalarValue::Utf8(text) => text.filter(|text| text.len() <= MAX_VALUE_BYTES),
        _ => None,
    }
}

/// From the statistics of files whose columns are those of `schema`.
pub(crate) fn of_files<'a>(
    schema: &Schema,
    rows: Option<u64>,
    files: impl Iterator<Item = Option<&'a Statistics>>,
) -> TableStatistics {
    let Some(files) = files.collect::<Option<Vec<_>>>() else {
        return TableStatistics { rows, columns: Vec::new() };
    };
    let columns = schema.fields().iter().enumerate().filter(|(_, field)| !field.data_type().is_nested());
    let columns = columns.filter_map(|(i, field)| {
        let mut merged = Merged::default();
        for file in &files {
            let known = file.column_statistics.get(i).map(|column| Known {
                nulls: exact(&column.null_count).map(|nulls| *nulls as u64),
                min: exact(&column.min_value).cloned(),
                max: exact(&column.max_value).cloned(),
            });
            merged.add(&known.unwrap_or_default(), exact(&file.num_rows).map(|rows| *rows as u64));
        }
        merged.told(field.name())
    });
    TableStatistics { rows, columns: columns.collect() }
}

fn exact<T: std::fmt::Debug + Clone + PartialEq + Eq + PartialOrd>(value: &Precision<T>) -> Option<&T> {
    match value {
        Precision::Exact(value) => Some(value),
        _ => None,
    }
}
