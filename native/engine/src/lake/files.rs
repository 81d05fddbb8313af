//! The data files of one version of a table: arrays with one row a file, as its planner sent them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, new_null_array,
};
use datafusion::arrow::compute::{cast_with_options, concat_batches};
use datafusion::arrow::datatypes::{DataType, Int32Type, Int64Type};
use datafusion::arrow::ipc::reader::StreamReader;

use crate::error::{EngineError, ErrorCode, Result};
use crate::lake::fields::invalid;
use crate::lake::header::Header;
use crate::lake::shape::STRICT;
use crate::lake::statistics::FileStatistics;
use crate::locate::MAX_FILES;

/// Columns that every stream has.
const REQUIRED: [&str; 3] = ["path", "size", "group"];

pub(crate) struct LakeFiles {
    pub(crate) paths: StringArray,
    pub(crate) sizes: Int64Array,
    pub(crate) rows: Option<Int64Array>,
    pub(crate) groups: Int32Array,
    /// The paths as the delete files have them, where those differ.
    pub(crate) recorded: Option<StringArray>,
    position_deletes: Option<ListArray>,
    vector_paths: Option<StringArray>,
    vector_offsets: Option<Int64Array>,
    vector_lengths: Option<Int64Array>,
    vectors: Option<BinaryArray>,
    vector_rows: Option<Int64Array>,
    pub(crate) statistics: FileStatistics,
}

/// The deletion vector of one file.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) place: VectorPlace,
    /// How many rows it deletes.
    pub(crate) rows: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) enum VectorPlace {
    /// Offset and length within a file.
    File {
        path: String,
        offset: u64,
        length: u64,
    },
    Inline(Vec<u8>),
}

impl LakeFiles {
    pub(crate) fn parse(header: &Header, ipc: &[u8]) -> Result<Self> {
        let name = &header.name;
        let batch = read(name, ipc)?;
        let columns = Columns { name, batch: &batch };
        for column in REQUIRED {
            if batch.column_by_name(column).is_none() {
                return Err(invalid(format!("{name}: files: column \"{column}\" is missing")));
            }
        }
        let groups: Int32Array = columns.required("group", &DataType::Int32)?.as_primitive::<Int32Type>().clone();
        let constant = |file: usize, column: usize| {
            let group = header.groups.get(groups.value(file) as usize);
            group.is_some_and(|group| group.constants.contains(&column))
        };
        let files = Self {
            paths: columns.required("path", &DataType::Utf8)?.as_string().clone(),
            sizes: columns.required("size", &DataType::Int64)?.as_primitive().clone(),
            rows: columns.int64("rows")?,
            recorded: columns.get("recorded", &DataType::Utf8)?.map(|array| array.as_string().clone()),
            position_deletes: columns.list("position_deletes")?,
            vector_paths: columns.get("dv_path", &DataType::Utf8)?.map(|array| array.as_string().clone()),
            vector_offsets: columns.int64("dv_offset")?,
            vector_lengths: columns.int64("dv_length")?,
            vectors: columns.get("dv_inline", &DataType::Binary)?.map(|array| array.as_binary().clone()),
            vector_rows: columns.int64("dv_rows")?,
            statistics: columns.statistics(header, &constant)?,
            groups,
        };
        files.check(header)?;
        Ok(files)
    }

    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }

    pub(crate) fn rows_of(&self, file: usize) -> Option<u64> {
        self.rows.as_ref().filter(|rows| rows.is_valid(file)).map(|rows| rows.value(file) as u64)
    }

    pub(crate) fn size_of(&self, file: usize) -> u64 {
        self.sizes.value(file) as u64
    }

    pub(crate) fn group_of(&self, file: usize) -> usize {
        self.groups.value(file) as usize
    }

    /// Indexes of the position-delete files that may tell of it.
    pub(crate) fn position_deletes_of(&self, file: usize) -> Vec<usize> {
        let Some(lists) = self.position_deletes.as_ref().filter(|lists| lists.is_valid(file)) else {
            return Vec::new();
        };
        lists.value(file).as_primitive::<Int32Type>().iter().flatten().map(|index| index as usize).collect()
    }

    pub(crate) fn vector_of(&self, file: usize) -> Option<Vector> {
        let number = |array: &Option<Int64Array>| {
            array.as_ref().filter(|array| array.is_valid(file)).map(|array| array.value(file) as u64)
        };
        let rows = number(&self.vector_rows);
        if let Some(vectors) = self.vectors.as_ref().filter(|vectors| vectors.is_valid(file)) {
            let mut content = vectors.value(file);
            if let Some(length) = number(&self.vector_lengths) {
                content = content.get(..length as usize).unwrap_or(content);
            }
            return Some(Vector { place: VectorPlace::Inline(content.to_vec()), rows });
        }
        let path = self.vector_paths.as_ref().filter(|paths| paths.is_valid(file))?.value(file).to_string();
        let (offset, length) = (number(&self.vector_offsets)?, number(&self.vector_lengths)?);
        Some(Vector { place: VectorPlace::File { path, offset, length }, rows })
    }

    pub(crate) fn has_deletes(&self, file: usize) -> bool {
        let listed =
            self.position_deletes.as_ref().is_some_and(|lists| lists.is_valid(file) && lists.value_length(file) > 0);
        let vector = self.vector_paths.as_ref().is_some_and(|paths| paths.is_valid(file));
        listed || vector || self.vectors.as_ref().is_some_and(|vectors| vectors.is_valid(file))
    }

    /// The path of a file as position deletes have it.
    pub(crate) fn recorded_path(&self, file: usize) -> &str {
        match &self.recorded {
            Some(recorded) if recorded.is_valid(file) => recorded.value(file),
            _ => self.paths.value(file),
        }
    }

    /// What the planner must not send.
    fn check(&self, header: &Header) -> Result<()> {
        let name = &header.name;
        for file in 0..self.len() {
            let path = self.paths.value(file);
            let wrong = |what: &str, value: i64| invalid(format!("{name}: file {path}: {what}: {value}"));
            if self.size_of(file) == 0 || self.sizes.value(file) < 0 {
                return Err(wrong("size", self.sizes.value(file)));
            }
            let group = self.groups.value(file);
            if usize::try_from(group).ok().is_none_or(|group| group >= header.groups.len()) {
                return Err(wrong("group (expected: an index into groups)", group.into()));
            }
            for (what, numbers) in [("rows", &self.rows), ("dv_rows", &self.vector_rows)] {
                if let Some(numbers) = numbers.as_ref().filter(|n| n.is_valid(file) && n.value(file) < 0) {
                    return Err(wrong(what, numbers.value(file)));
                }
            }
            self.check_deletes(header, file)?;
        }
        Ok(())
    }

    fn check_deletes(&self, header: &Header, file: usize) -> Result<()> {
        let (name, path) = (&header.name, self.paths.value(file));
        if let Some(lists) = self.position_deletes.as_ref().filter(|lists| lists.is_valid(file)) {
            for index in lists.value(file).as_primitive::<Int32Type>() {
                let known =
                    index.and_then(|i| usize::try_from(i).ok()).is_some_and(|i| i < header.position_deletes.len());
                if !known {
                    let index = index.map_or("NULL".to_string(), |index| index.to_string());
                    let message = format!("{name}: file {path}: position_deletes: {index} is no index into them");
                    return Err(invalid(message));
                }
            }
        }
        let has_path = self.vector_paths.as_ref().is_some_and(|paths| paths.is_valid(file));
        let number = |array: &Option<Int64Array>| {
            array.as_ref().filter(|array| array.is_valid(file)).map(|array| array.value(file))
        };
        let bounds = (number(&self.vector_offsets), number(&self.vector_lengths));
        if has_path && !matches!(bounds, (Some(offset), Some(length)) if offset >= 0 && (1..1 << 31).contains(&length))
        {
            let message = format!("{name}: file {path}: deletion vector at {bounds:?} (expected: offset and length)");
            return Err(invalid(message));
        }
        Ok(())
    }
}

fn read(name: &str, ipc: &[u8]) -> Result<RecordBatch> {
    let damaged = |what: String| invalid(format!("{name}: files: not an Arrow IPC stream: {what}"));
    let read = || {
        let mut reader = StreamReader::try_new(ipc, None)?;
        let batches = reader.by_ref().collect::<std::result::Result<Vec<_>, _>>()?;
        concat_batches(&reader.schema(), &batches)
    };
    let batch = catch_unwind(AssertUnwindSafe(read))
        .map_err(|_| damaged("its schema or a buffer is not valid".to_string()))?
        .map_err(|e| damaged(e.to_string()))?;
    if batch.num_rows() > MAX_FILES {
        let message = format!("{name}: {} files (limit max-files of {MAX_FILES})", batch.num_rows());
        return Err(EngineError::new(ErrorCode::LimitReached, message).with_hint("compact the table, then ask again"));
    }
    Ok(batch)
}

struct Columns<'a> {
    name: &'a str,
    batch: &'a RecordBatch,
}

impl Columns<'_> {
    fn get(&self, column: &str, expected: &DataType) -> Result<Option<ArrayRef>> {
        let Some(array) = self.batch.column_by_name(column) else {
            return Ok(None);
        };
        if array.data_type() != expected {
            return Err(invalid(format!(
                "{}: files: column \"{column}\" is {} (expected: {expected})",
                self.name,
                array.data_type()
            )));
        }
        Ok(Some(array.clone()))
    }

    fn required(&self, column: &str, expected: &DataType) -> Result<ArrayRef> {
        let missing = |what: &str| invalid(format!("{}: files: column \"{column}\" {what}", self.name));
        let array = self.get(column, expected)?.ok_or_else(|| missing("is missing"))?;
        if array.null_count() > 0 {
            return Err(missing("holds NULL"));
        }
        Ok(array)
    }

    fn int64(&self, column: &str) -> Result<Option<Int64Array>> {
        Ok(self.get(column, &DataType::Int64)?.map(|array| array.as_primitive::<Int64Type>().clone()))
    }

    fn list(&self, column: &str) -> Result<Option<ListArray>> {
        let Some(array) = self.batch.column_by_name(column) else {
            return Ok(None);
        };
        match array.data_type() {
            DataType::List(item) if item.data_type() == &DataType::Int32 => Ok(Some(array.as_list().clone())),
            other => {
                let message = format!("{}: files: column \"{column}\" is {other} (expected: List<Int32>)", self.name);
                Err(invalid(message))
            }
        }
    }

    fn statistics(&self, header: &Header, constant: &dyn Fn(usize, usize) -> bool) -> Result<FileStatistics> {
        let fields = &header.fields;
        let rows = self.int64("rows")?;
        let mut statistics = FileStatistics::new(fields, self.batch.num_rows(), rows.as_ref());
        // A constant that no file has a value of is NULL: without one it would be read from the files instead.
        for column in header.groups.iter().flat_map(|group| &group.constants) {
            if self.batch.column_by_name(&format!("constant:{column}")).is_none() {
                let nulls = new_null_array(fields.columns[*column].data_type(), self.batch.num_rows());
                statistics.constants(*column, nulls, constant);
            }
        }
        for (at, field) in self.batch.schema_ref().fields().iter().enumerate() {
            let Some((kind, rest)) = field.name().split_once(':') else {
                continue;
            };
            let unknown = || invalid(format!("{}: files: column \"{}\" is not known", self.name, field.name()));
            let (index, buckets) = match rest.split_once(':') {
                Some((index, buckets)) => (index, Some(buckets)),
                None => (rest, None),
            };
            let index: usize = index.parse().map_err(|_| unknown())?;
            let column = fields.columns.get(index).ok_or_else(unknown)?;
            let expected = match kind {
                "nulls" | "nans" => &DataType::Int64,
                "bucket" => &DataType::Int32,
                _ => &column.declared,
            };
            let nested = column.data_type().is_nested() && kind != "nulls";
            let array = match field.data_type() == expected || nested {
                true => self.batch.column(at).clone(),
                false => self.get(field.name(), expected)?.ok_or_else(unknown)?,
            };
            let array = match kind {
                "constant" | "min" | "max" if !nested => cast_with_options(&array, column.data_type(), &STRICT),
                _ => Ok(array),
            };
            let array = array.map_err(|e| invalid(format!("{}: files: {e}", self.name)))?;
            match (kind, buckets) {
                (_, None) if nested => {
                    let message = format!("{}: files: column \"{}\" is of a nested column", self.name, field.name());
                    return Err(invalid(message));
                }
                ("constant", None) => statistics.constants(index, array, constant),
                ("min", None) => statistics.min(index, array),
                ("max", None) => statistics.max(index, array),
                ("nulls", None) => statistics.nulls(index, &array),
                ("nans", None) => statistics.nans(index, &array),
                ("bucket", Some(count)) => {
                    let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(unknown)?;
                    statistics.buckets(index, count, array.as_primitive::<Int32Type>().clone());
                }
                _ => return Err(unknown()),
            }
        }
        statistics.finish();
        Ok(statistics)
    }
}
