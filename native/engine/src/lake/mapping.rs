//! Where the columns of a table are in one data file.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion::common::ScalarValue;

use crate::error::{EngineError, ErrorCode, Result};
use crate::lake::fields::{FIELD_ID, LakeField, LakeFields, MappingMode};
use crate::lake::shape::{Part, Shape, simple};

/// Where the values of a column come from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// The file's column at this position.
    Column(usize, Shape),
    /// The same for all rows.
    Value(ScalarValue),
}

/// Finds columns in one file.
pub(crate) struct Mapping<'a> {
    fields: &'a LakeFields,
    physical: &'a Fields,
    /// As messages call it.
    file: &'a str,
    finder: Finder,
}

#[derive(Clone, Copy, PartialEq)]
enum Finder {
    Id,
    /// By the names that the table keeps for files without ids.
    OldNames,
    /// By position, which is the id of the columns that a table had at first.
    Position,
    Name,
}

impl<'a> Mapping<'a> {
    pub(crate) fn new(fields: &'a LakeFields, physical: &'a Fields, file: &'a str) -> Self {
        let finder = match fields.mode {
            MappingMode::Name => Finder::Name,
            MappingMode::Id if physical.iter().any(has_id) => Finder::Id,
            MappingMode::Id if fields.has_names => Finder::OldNames,
            MappingMode::Id => Finder::Position,
        };
        Self { fields, physical, file, finder }
    }

    /// Of the column at `index` of the table.
    pub(crate) fn origin(&self, index: usize) -> Result<Origin> {
        let column = &self.fields.columns[index];
        let path = column.field.name();
        let found = match self.finder {
            Finder::Position => column.id.and_then(|id| usize::try_from(id).ok()?.checked_sub(1)),
            _ => self.find(column, self.physical, path)?,
        };
        match found.and_then(|at| Some((at, self.physical.get(at)?))) {
            Some((at, field)) => Ok(Origin::Column(at, self.shape(field, column, path)?)),
            None => Ok(Origin::Value(self.missing(column, path)?)),
        }
    }

    fn find(&self, wanted: &LakeField, fields: &Fields, path: &str) -> Result<Option<usize>> {
        let unique = |matches: &dyn Fn(&FieldRef) -> bool| {
            let mut found = fields.iter().enumerate().filter(|(_, field)| matches(field)).map(|(at, _)| at);
            match (found.next(), found.next()) {
                (_, Some(_)) => Err(self.invalid(format!("column \"{path}\" is there twice"))),
                (first, None) => Ok(first),
            }
        };
        match self.finder {
            Finder::Id => match wanted.id {
                Some(id) => unique(&|field| id_of(field) == Some(id)),
                None => Ok(None),
            },
            Finder::OldNames => match &wanted.names {
                Some(names) => unique(&|field| names.contains(field.name())),
                None => Ok(None),
            },
            // Of nested ones too, since only the columns have ids by position.
            Finder::Position => unique(&|field| field.name() == wanted.field.name()),
            Finder::Name => match unique(&|field| *field.name() == wanted.physical)? {
                Some(at) => Ok(Some(at)),
                None => unique(&|field| field.name().to_lowercase() == wanted.physical.to_lowercase()),
            },
        }
    }

    fn shape(&self, from: &FieldRef, to: &LakeField, path: &str) -> Result<Shape> {
        let wrong = || self.wrong_type(from, to, path);
        let part = |of: &str| format!("{path}.{of}");
        match (from.data_type(), to.data_type()) {
            (DataType::Struct(found), DataType::Struct(wanted)) => {
                let parts = to.children.iter().map(|child| {
                    let path = part(child.field.name());
                    Ok(match self.find(child, found, &path)? {
                        Some(at) => Part::Field(at, self.shape(&found[at], child, &path)?),
                        None => Part::Value(self.missing(child, &path)?),
                    })
                });
                Ok(Shape::Struct(wanted.clone(), parts.collect::<Result<_>>()?))
            }
            (from, DataType::List(wanted)) => {
                let found = item(from).ok_or_else(wrong)?;
                let shape = self.shape(found, &to.children[0], &part("element"))?;
                Ok(outer(from, DataType::List(found.clone()), Shape::List(wanted.clone(), Box::new(shape))))
            }
            (from, DataType::LargeList(wanted)) => {
                let found = item(from).ok_or_else(wrong)?;
                let shape = self.shape(found, &to.children[0], &part("element"))?;
                Ok(outer(from, DataType::LargeList(found.clone()), Shape::LargeList(wanted.clone(), Box::new(shape))))
            }
            (DataType::Map(found, _), DataType::Map(wanted, sorted)) => {
                let DataType::Struct(pair) = found.data_type() else {
                    return Err(wrong());
                };
                let (Some(key), Some(value)) = (pair.first(), pair.get(1)) else {
                    return Err(wrong());
                };
                let key = self.shape(key, &to.children[0], &part("key"))?;
                let value = self.shape(value, &to.children[1], &part("value"))?;
                Ok(Shape::Map(wanted.clone(), *sorted, Box::new(key), Box::new(value)))
            }
            (found, wanted) => simple(found, wanted).ok_or_else(wrong),
        }
    }

    fn missing(&self, field: &LakeField, path: &str) -> Result<ScalarValue> {
        if let Some(default) = &field.default {
            return Ok(default.clone());
        }
        if !field.field.is_nullable() || self.fields.all_required {
            let message = format!("the required column \"{path}\" is missing, and has no default");
            return Err(self.invalid(message));
        }
        ScalarValue::try_from(field.data_type()).map_err(|e| self.invalid(e.to_string()))
    }

    fn wrong_type(&self, from: &FieldRef, to: &LakeField, path: &str) -> EngineError {
        let message = format!("column \"{path}\" is {}, which cannot become {}", from.data_type(), to.data_type());
        self.invalid(message)
    }

    fn invalid(&self, message: String) -> EngineError {
        EngineError::new(ErrorCode::SourceInvalid, format!("file {}: {message}", self.file))
    }
}

/// Of any kind of list: writers keep the one that they had in memory.
fn item(data_type: &DataType) -> Option<&FieldRef> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => Some(item),
        _ => None,
    }
}

/// `shape`, of lists of the kind `wanted`.
fn outer(from: &DataType, wanted: DataType, shape: Shape) -> Shape {
    if *from == wanted { shape } else { Shape::Outer(wanted, Box::new(shape)) }
}

fn id_of(field: &FieldRef) -> Option<i32> {
    field.metadata().get(FIELD_ID)?.parse().ok()
}

fn has_id(field: &FieldRef) -> bool {
    id_of(field).is_some()
        || match field.data_type() {
            DataType::Struct(fields) => fields.iter().any(has_id),
            DataType::Map(item, _) => has_id(item),
            other => item(other).is_some_and(has_id),
        }
}

/// A path into a struct of the file, found from a path into the table's.
pub(crate) enum Resolved {
    /// Names of the fields to go down, and what becomes of the last.
    Fields(Vec<String>, Shape, Arc<LakeField>),
    Null(DataType),
    /// Not to be told from the types alone.
    Unknown,
}

/// Follows `keys` from a struct of the table to the file's.
pub(crate) fn resolve(column: &LakeField, from: &FieldRef, shape: &Shape, keys: &[&str]) -> Resolved {
    let (mut logical, mut physical, mut shape) = (column, from.clone(), shape.clone());
    let mut names = Vec::with_capacity(keys.len());
    for key in keys {
        let Shape::Struct(_, parts) = &shape else {
            return Resolved::Unknown;
        };
        let DataType::Struct(found) = physical.data_type() else {
            return Resolved::Unknown;
        };
        let Some(at) = logical.children.iter().position(|child| child.field.name() == key) else {
            return Resolved::Unknown;
        };
        logical = &logical.children[at];
        let (next_field, next_shape) = match &parts[at] {
            Part::Value(value) if value.is_null() => return Resolved::Null(leaf_type(logical, keys, names.len())),
            Part::Value(_) => return Resolved::Unknown,
            Part::Field(at, shape) => (found[*at].clone(), shape.clone()),
        };
        names.push(next_field.name().clone());
        (physical, shape) = (next_field, next_shape);
    }
    Resolved::Fields(names, shape, Arc::new(logical.clone()))
}

/// The type at the end of the path, some of which the file lacks.
fn leaf_type(missing: &LakeField, keys: &[&str], depth: usize) -> DataType {
    let mut field = missing;
    for key in &keys[depth + 1..] {
        match field.children.iter().find(|child| child.field.name() == key) {
            Some(child) => field = child,
            None => break,
        }
    }
    field.data_type().clone()
}
