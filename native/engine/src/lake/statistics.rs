//! What the metadata of a table tells of the values in its data files, as arrays with one row a file: made once, and used
//! by every scan to leave files out.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, UInt64Array, new_null_array,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::nullif;
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};

use crate::lake::adapter::is_float;
use crate::lake::buckets::bucket;
use crate::lake::fields::LakeFields;

/// All of one column; arrays may be absent where nothing is known of any file.
#[derive(Default)]
struct ColumnStatistics {
    /// Not necessarily reached.
    min: Option<ArrayRef>,
    max: Option<ArrayRef>,
    nulls: Option<UInt64Array>,
    nans: Option<Int64Array>,
    constants: Option<Constants>,
    buckets: Vec<(u32, Int32Array)>,
}

struct Constants {
    /// The files for which the value stands.
    files: BooleanArray,
    values: ArrayRef,
}

pub(crate) struct FileStatistics {
    files: usize,
    rows: Option<UInt64Array>,
    columns: Vec<ColumnStatistics>,
    types: Vec<DataType>,
    index: HashMap<String, usize>,
}

impl FileStatistics {
    pub(crate) fn new(fields: &LakeFields, files: usize, rows: Option<&Int64Array>) -> Self {
        let names = fields.columns.iter().enumerate().map(|(i, column)| (column.field.name().clone(), i));
        Self {
            files,
            rows: rows.map(counts),
            columns: fields.columns.iter().map(|_| ColumnStatistics::default()).collect(),
            types: fields.columns.iter().map(|column| column.data_type().clone()).collect(),
            index: names.collect(),
        }
    }

    pub(crate) fn constants(&mut self, column: usize, values: ArrayRef, holds: &dyn Fn(usize, usize) -> bool) {
        let files = BooleanArray::new(BooleanBuffer::collect_bool(self.files, |file| holds(file, column)), None);
        self.columns[column].constants = Some(Constants { files, values });
    }

    pub(crate) fn min(&mut self, column: usize, bounds: ArrayRef) {
        self.columns[column].min = Some(bounds);
    }

    pub(crate) fn max(&mut self, column: usize, bounds: ArrayRef) {
        self.columns[column].max = Some(bounds);
    }

    pub(crate) fn nulls(&mut self, column: usize, nulls: &ArrayRef) {
        self.columns[column].nulls = Some(counts(nulls.as_primitive::<Int64Type>()));
    }

    pub(crate) fn nans(&mut self, column: usize, nans: &ArrayRef) {
        self.columns[column].nans = Some(nans.as_primitive::<Int64Type>().clone());
    }

    pub(crate) fn buckets(&mut self, column: usize, count: u32, buckets: Int32Array) {
        self.columns[column].buckets.push((count, buckets));
    }

    /// Makes what was added ready for use.
    pub(crate) fn finish(&mut self) {
        for (column, data_type) in self.columns.iter_mut().zip(&self.types) {
            if is_float(data_type) {
                column.without_nan_in_bounds(self.files);
            }
            column.with_constants(self.files, data_type, self.rows.as_ref());
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// Whether the value of `column` is told for `file`, and not to be read.
    pub(crate) fn is_constant(&self, column: usize, file: usize) -> bool {
        self.columns[column].constants.as_ref().is_some_and(|constants| constants.files.value(file))
    }

    /// The values that are told, NULL where the file is to be read.
    pub(crate) fn constant_values(&self, column: usize) -> Option<(&BooleanArray, &ArrayRef)> {
        self.columns[column].constants.as_ref().map(|constants| (&constants.files, &constants.values))
    }

    /// Whether a floating point column surely holds no NaN in `file`.
    pub(crate) fn is_without_nan(&self, column: usize, file: usize) -> bool {
        let nans = self.columns[column].nans.as_ref();
        nans.is_some_and(|nans| nans.is_valid(file) && nans.value(file) == 0)
    }

    pub(crate) fn bounds(&self, column: usize, file: usize) -> (Option<ScalarValue>, Option<ScalarValue>) {
        let of = |array: &Option<ArrayRef>| {
            let array = array.as_ref().filter(|array| array.is_valid(file))?;
            ScalarValue::try_from_array(array, file).ok()
        };
        (of(&self.columns[column].min), of(&self.columns[column].max))
    }

    pub(crate) fn nulls_of(&self, column: usize, file: usize) -> Option<u64> {
        let nulls = self.columns[column].nulls.as_ref()?;
        nulls.is_valid(file).then(|| nulls.value(file))
    }
}

fn counts(array: &Int64Array) -> UInt64Array {
    array.iter().map(|count| count.and_then(|count| u64::try_from(count).ok())).collect()
}

impl ColumnStatistics {
    /// Bounds pass over NaN, which is larger than everything, or smaller with the sign bit set: without a count of 0 there
    /// may be some, so that nothing is known. And 0 as a bound stands for -0 as well, which is smaller here.
    fn without_nan_in_bounds(&mut self, files: usize) {
        let possible = BooleanArray::new(
            BooleanBuffer::collect_bool(files, |file| {
                !self.nans.as_ref().is_some_and(|nans| nans.is_valid(file) && nans.value(file) == 0)
            }),
            None,
        );
        let known = |bound: ArrayRef, zero: f64| {
            let bound = zero_as(&bound, zero);
            nullif(&bound, &possible).unwrap_or_else(|_| new_null_array(bound.data_type(), files))
        };
        self.min = self.min.take().map(|min| known(min, -0.0));
        self.max = self.max.take().map(|max| known(max, 0.0));
    }

    /// A constant is both of its bounds.
    fn with_constants(&mut self, files: usize, data_type: &DataType, rows: Option<&UInt64Array>) {
        let Some(constants) = &self.constants else {
            return;
        };
        let unknown = new_null_array(data_type, files);
        let merged = |bound: &Option<ArrayRef>| {
            let otherwise = bound.as_ref().unwrap_or(&unknown);
            zip(&constants.files, &constants.values, otherwise).ok()
        };
        (self.min, self.max) = (merged(&self.min), merged(&self.max));
        let nulls = (0..files).map(|file| {
            if !constants.files.value(file) {
                return self.nulls.as_ref().filter(|nulls| nulls.is_valid(file)).map(|nulls| nulls.value(file));
            }
            match constants.values.is_null(file) {
                true => rows.filter(|rows| rows.is_valid(file)).map(|rows| rows.value(file)),
                false => Some(0),
            }
        });
        self.nulls = Some(nulls.collect());
    }
}

/// `bounds` with both zeros as `zero`, and NaN as unknown.
fn zero_as(bounds: &ArrayRef, zero: f64) -> ArrayRef {
    match bounds.data_type() {
        DataType::Float64 => {
            let known = bounds.as_primitive::<Float64Type>().iter();
            let fixed = known.map(|bound| bound.filter(|x| !x.is_nan()).map(|x| if x == 0.0 { zero } else { x }));
            Arc::new(fixed.collect::<datafusion::arrow::array::Float64Array>())
        }
        DataType::Float32 => {
            let known = bounds.as_primitive::<Float32Type>().iter();
            let fixed =
                known.map(|bound| bound.filter(|x| !x.is_nan()).map(|x| if x == 0.0 { zero as f32 } else { x }));
            Arc::new(fixed.collect::<datafusion::arrow::array::Float32Array>())
        }
        other => new_null_array(other, bounds.len()),
    }
}

impl PruningStatistics for FileStatistics {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.columns[self.column(column.name())?].min.clone()
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.columns[self.column(column.name())?].max.clone()
    }

    fn num_containers(&self) -> usize {
        self.files
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let nulls = self.columns[self.column(column.name())?].nulls.clone()?;
        Some(Arc::new(nulls))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.rows.clone()?))
    }

    #[allow(clippy::mutable_key_type)] // The trait's own type.
    fn contained(&self, column: &Column, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        self.contained_in(0..self.files, column, values)
    }
}

impl FileStatistics {
    #[allow(clippy::mutable_key_type)] // The trait's own type.
    fn contained_in(
        &self,
        files: Range<usize>,
        column: &Column,
        values: &HashSet<ScalarValue>,
    ) -> Option<BooleanArray> {
        let index = self.column(column.name())?;
        let (column, data_type) = (&self.columns[index], &self.types[index]);
        // Values of another type are equal to none here, but may be to the column; so may be 0 and -0.
        let comparable = !is_float(data_type) && values.iter().all(|value| value.data_type() == *data_type);
        if !comparable || column.buckets.is_empty() && column.constants.is_none() {
            return None;
        }
        let wanted: Vec<Option<HashSet<i32>>> = column
            .buckets
            .iter()
            .map(|(count, _)| values.iter().map(|value| bucket(value, data_type, *count)).collect())
            .collect();
        let known = files.map(|file| {
            if let Some(constants) = column.constants.as_ref().filter(|constants| constants.files.value(file)) {
                let value = ScalarValue::try_from_array(&constants.values, file).ok()?;
                return (!value.is_null()).then(|| values.contains(&value));
            }
            let elsewhere = column.buckets.iter().zip(&wanted).any(|((_, buckets), wanted)| {
                let wanted = wanted.as_ref().filter(|_| buckets.is_valid(file));
                wanted.is_some_and(|wanted| !wanted.contains(&buckets.value(file)))
            });
            elsewhere.then_some(false)
        });
        Some(known.collect())
    }
}

/// The statistics of one file alone.
pub(crate) struct OneFile<'a> {
    pub(crate) all: &'a FileStatistics,
    pub(crate) file: usize,
}

impl PruningStatistics for OneFile<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        Some(self.all.min_values(column)?.slice(self.file, 1))
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        Some(self.all.max_values(column)?.slice(self.file, 1))
    }

    fn num_containers(&self) -> usize {
        1
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        Some(self.all.null_counts(column)?.slice(self.file, 1))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(self.all.row_counts()?.slice(self.file, 1))
    }

    #[allow(clippy::mutable_key_type)] // The trait's own type.
    fn contained(&self, column: &Column, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        self.all.contained_in(self.file..self.file + 1, column, values)
    }
}
