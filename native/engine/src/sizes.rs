//! How large the rows of an array are by themselves, and arrays that hold no more than their rows.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait,
    RecordBatch, StringViewArray, StructArray, make_array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef};

use crate::error::{EngineError, Result};

const VIEW: usize = 16;
/// Longest text that a view holds itself.
const INLINE: u32 = 12;
/// Times that the buffers of views may be larger than what the rows need.
const MAX_WASTE: usize = 2;

/// Size of the rows of `batch` alone, also where it is a slice of larger arrays.
/// Of a dictionary: with as many of its values as they can use.
pub(crate) fn sliced_size(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(array_size).sum()
}

/// Arrow's own function counts the whole child of a list, however short the slice, and no text of views.
fn array_size(array: &ArrayRef) -> usize {
    match array.data_type() {
        DataType::List(_) => list_size::<i32>(array),
        DataType::LargeList(_) => list_size::<i64>(array),
        DataType::Map(_, _) => {
            let map = array.as_map();
            let (first, last) = (map.value_offsets()[0], map.value_offsets()[map.len()]);
            let entries: ArrayRef = Arc::new(map.entries().slice(first as usize, (last - first) as usize));
            size_of::<i32>() * map.len() + array_size(&entries)
        }
        DataType::FixedSizeList(_, _) => array_size(array.as_fixed_size_list().values()),
        DataType::Struct(_) => array.as_struct().columns().iter().map(array_size).sum(),
        DataType::Utf8View => VIEW * array.len() + text_size(array.as_string_view().lengths()),
        DataType::BinaryView => VIEW * array.len() + text_size(array.as_binary_view().lengths()),
        DataType::Dictionary(keys, _) => {
            let values = array.as_any_dictionary().values();
            let all = array_size(values);
            keys.primitive_width().unwrap_or(size_of::<u64>()) * array.len()
                + all.min(all / values.len().max(1) * array.len())
        }
        _ => array.to_data().get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size()),
    }
}

fn list_size<O: OffsetSizeTrait>(array: &ArrayRef) -> usize {
    let list = array.as_list::<O>();
    let (first, last) = (list.value_offsets()[0].as_usize(), list.value_offsets()[list.len()].as_usize());
    size_of::<O>() * list.len() + array_size(&list.values().slice(first, last - first))
}

fn text_size(lengths: impl Iterator<Item = u32>) -> usize {
    lengths.filter(|length| *length > INLINE).map(|length| length as usize).sum()
}

/// Whether arrays of this type may hold much that none of their rows shows.
pub(crate) fn shares(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8View | DataType::BinaryView | DataType::Dictionary(..) => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::RunEndEncoded(_, item) => shares(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| shares(field.data_type())),
        _ => false,
    }
}

/// `batch` with views over text of its own where theirs is mostly of other rows, and with smaller dictionaries where those
/// would be larger than `message_bytes`.
pub(crate) fn compacted(batch: RecordBatch, message_bytes: usize) -> Result<RecordBatch> {
    let failed = |e: datafusion::arrow::error::ArrowError| EngineError::internal(format!("encoding failed: {e}"));
    let columns = batch.columns().iter().map(|column| compact(column, message_bytes));
    let columns = columns.collect::<std::result::Result<Vec<_>, _>>().map_err(failed)?;
    RecordBatch::try_new(batch.schema(), columns).map_err(failed)
}

type ArrowResult<T> = std::result::Result<T, datafusion::arrow::error::ArrowError>;

fn compact(array: &ArrayRef, message_bytes: usize) -> ArrowResult<ArrayRef> {
    if !shares(array.data_type()) {
        return Ok(array.clone());
    }
    Ok(match array.data_type() {
        DataType::Utf8View => {
            let views: &StringViewArray = array.as_string_view();
            match is_wasteful(views.data_buffers(), text_size(views.lengths())) {
                true => Arc::new(views.gc()),
                false => array.clone(),
            }
        }
        DataType::BinaryView => {
            let views: &BinaryViewArray = array.as_binary_view();
            match is_wasteful(views.data_buffers(), text_size(views.lengths())) {
                true => Arc::new(views.gc()),
                false => array.clone(),
            }
        }
        DataType::Dictionary(_, values) => {
            let dictionary = array.as_any_dictionary();
            match array_size(dictionary.values()) > message_bytes && dictionary.values().len() > array.len() {
                true => cast(&cast(array, values)?, array.data_type())?,
                false => array.clone(),
            }
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().map(|column| compact(column, message_bytes));
            let columns = columns.collect::<ArrowResult<Vec<_>>>()?;
            Arc::new(StructArray::try_new(fields.clone(), columns, array.nulls().cloned())?)
        }
        DataType::List(item) => compact_list::<i32>(array, item, message_bytes)?,
        DataType::LargeList(item) => compact_list::<i64>(array, item, message_bytes)?,
        DataType::FixedSizeList(item, size) => {
            let values = compact(array.as_fixed_size_list().values(), message_bytes)?;
            Arc::new(FixedSizeListArray::try_new(item.clone(), *size, values, array.nulls().cloned())?)
        }
        DataType::Map(entries, sorted) => {
            let map = array.as_map();
            let (offsets, first, last) = rebased(map.offsets());
            let held: ArrayRef = Arc::new(map.entries().slice(first, last - first));
            let held = compact(&held, message_bytes)?.as_struct().clone();
            Arc::new(MapArray::try_new(entries.clone(), offsets, held, array.nulls().cloned(), *sorted)?)
        }
        _ => {
            let data = array.to_data();
            let children =
                data.child_data().iter().map(|child| Ok(compact(&make_array(child.clone()), message_bytes)?.to_data()));
            let children = children.collect::<ArrowResult<Vec<_>>>()?;
            make_array(data.into_builder().child_data(children).build()?)
        }
    })
}

fn compact_list<O: OffsetSizeTrait>(array: &ArrayRef, item: &FieldRef, message_bytes: usize) -> ArrowResult<ArrayRef> {
    let list = array.as_list::<O>();
    let (offsets, first, last) = rebased(list.offsets());
    let values = compact(&list.values().slice(first, last - first), message_bytes)?;
    Ok(Arc::new(GenericListArray::<O>::try_new(item.clone(), offsets, values, array.nulls().cloned())?))
}

/// Offsets that start at 0, and where they started and end.
fn rebased<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> (OffsetBuffer<O>, usize, usize) {
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    let moved: Vec<O> = offsets.iter().map(|offset| *offset - first).collect();
    (OffsetBuffer::new(moved.into()), first.as_usize(), last.as_usize())
}

fn is_wasteful(buffers: &[datafusion::arrow::buffer::Buffer], needed: usize) -> bool {
    buffers.iter().map(|buffer| buffer.len()).sum::<usize>() > MAX_WASTE * needed
}
