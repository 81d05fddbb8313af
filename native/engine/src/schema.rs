//! One schema out of the schemas of a table's files.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use crate::error::{EngineError, ErrorCode, Result};
use crate::locate::Format;

/// What may differ between the files of a table, beyond missing columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merging {
    /// Types were guessed from text: numbers may widen, structs may gain fields.
    Guessed,
    /// Structs may gain fields.
    Structs,
    /// Nothing: readers go by position.
    Exact,
}

impl Merging {
    pub(crate) fn of(format: Format) -> Self {
        match format {
            Format::Csv | Format::Ndjson => Merging::Guessed,
            Format::Parquet => Merging::Structs,
            Format::Arrow => Merging::Exact,
        }
    }
}

/// The union by column name, in order of first appearance. A column that a file lacks is nullable.
pub(crate) fn union(table: &str, files: &[(String, SchemaRef)], merging: Merging) -> Result<SchemaRef> {
    let mut columns: Vec<(FieldRef, &str)> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut seen: Vec<usize> = Vec::new();
    for (file, schema) in files {
        for field in schema.fields() {
            match index.get(field.name()) {
                None => {
                    index.insert(field.name().clone(), columns.len());
                    columns.push((field.clone(), file));
                    seen.push(1);
                }
                Some(&at) => {
                    let (known, first) = &columns[at];
                    let merged = merge(known, field, merging).ok_or_else(|| {
                        conflict(table, field.name(), (first, known.data_type()), (file, field.data_type()))
                    })?;
                    columns[at].0 = merged;
                    seen[at] += 1;
                }
            }
        }
        if schema.fields().len()
            != schema.fields().iter().map(|f| f.name()).collect::<std::collections::HashSet<_>>().len()
        {
            let message = format!("{table}: file {file} has two columns of the same name");
            return Err(EngineError::new(ErrorCode::SourceInvalid, message));
        }
    }
    let fields: Vec<FieldRef> = columns
        .into_iter()
        .zip(seen)
        .map(|((field, _), count)| {
            if count < files.len() && !field.is_nullable() {
                Arc::new(field.as_ref().clone().with_nullable(true))
            } else {
                field
            }
        })
        .collect();
    Ok(Arc::new(Schema::new(fields)))
}

fn conflict(table: &str, column: &str, first: (&str, &DataType), second: (&str, &DataType)) -> EngineError {
    let message =
        format!("{table}: column \"{column}\" is {} in {} but {} in {}", first.1, first.0, second.1, second.0);
    EngineError::new(ErrorCode::SchemaConflict, message)
        .with_hint("write the files with one type, or register them as two datasets")
}

fn merge(a: &FieldRef, b: &FieldRef, merging: Merging) -> Option<FieldRef> {
    let data_type = merge_types(a.data_type(), b.data_type(), merging)?;
    let without_values = [a, b].iter().any(|field| field.data_type() == &DataType::Null);
    let nullable = a.is_nullable() || b.is_nullable() || without_values;
    if data_type == *a.data_type() && nullable == a.is_nullable() {
        return Some(a.clone());
    }
    Some(Arc::new(Field::new(a.name(), data_type, nullable).with_metadata(a.metadata().clone())))
}

fn merge_types(a: &DataType, b: &DataType, merging: Merging) -> Option<DataType> {
    use DataType as T;
    match (a, b) {
        _ if a == b => Some(a.clone()),
        (T::Null, other) | (other, T::Null) => Some(other.clone()),
        (T::Struct(a), T::Struct(b)) if merging != Merging::Exact => merge_structs(a, b, merging).map(T::Struct),
        (T::List(a), T::List(b)) if merging != Merging::Exact => merge(a, b, merging).map(T::List),
        (T::Int64, T::Float64) | (T::Float64, T::Int64) if merging == Merging::Guessed => Some(T::Float64),
        _ => None,
    }
}

fn merge_structs(a: &Fields, b: &Fields, merging: Merging) -> Option<Fields> {
    let mut merged: Vec<FieldRef> = Vec::new();
    for field in a {
        merged.push(match b.iter().find(|other| other.name() == field.name()) {
            Some(other) => merge(field, other, merging)?,
            None => Arc::new(field.as_ref().clone().with_nullable(true)),
        });
    }
    for field in b {
        if !a.iter().any(|other| other.name() == field.name()) {
            merged.push(Arc::new(field.as_ref().clone().with_nullable(true)));
        }
    }
    Some(merged.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: &[(&str, DataType, bool)]) -> SchemaRef {
        let fields: Vec<Field> = fields.iter().map(|(name, t, null)| Field::new(*name, t.clone(), *null)).collect();
        Arc::new(Schema::new(fields))
    }

    fn files(schemas: &[SchemaRef]) -> Vec<(String, SchemaRef)> {
        schemas.iter().enumerate().map(|(i, s)| (format!("f{i}"), s.clone())).collect()
    }

    #[test]
    fn a_gained_column_is_nullable() {
        let old = schema(&[("id", DataType::Int64, false)]);
        let new = schema(&[("id", DataType::Int64, false), ("tip", DataType::Float64, false)]);
        let union = union("t", &files(&[old, new]), Merging::Structs).unwrap();
        assert!(!union.field(0).is_nullable());
        assert!(union.field(1).is_nullable());
    }

    #[test]
    fn a_conflict_names_files_column_and_types() {
        let a = schema(&[("id", DataType::Int64, false)]);
        let b = schema(&[("id", DataType::Utf8, false)]);
        let error = union("trips/", &files(&[a, b]), Merging::Structs).unwrap_err();
        assert_eq!(error.code, ErrorCode::SchemaConflict);
        assert_eq!(error.message, "trips/: column \"id\" is Int64 in f0 but Utf8 in f1");
    }

    #[test]
    fn guessed_numbers_widen_but_written_ones_do_not() {
        let a = schema(&[("x", DataType::Int64, true)]);
        let b = schema(&[("x", DataType::Float64, true)]);
        let both = files(&[a, b]);
        assert_eq!(union("t", &both, Merging::Guessed).unwrap().field(0).data_type(), &DataType::Float64);
        assert!(union("t", &both, Merging::Structs).is_err());
    }

    #[test]
    fn structs_may_gain_fields() {
        let inner =
            |names: &[&str]| DataType::Struct(names.iter().map(|n| Field::new(*n, DataType::Int64, false)).collect());
        let a = schema(&[("s", inner(&["x"]), true)]);
        let b = schema(&[("s", inner(&["x", "y"]), true)]);
        let union = union("t", &files(&[a, b]), Merging::Structs).unwrap();
        let DataType::Struct(fields) = union.field(0).data_type() else { panic!() };
        assert_eq!(fields.len(), 2);
        assert!(fields[1].is_nullable());
    }
}
