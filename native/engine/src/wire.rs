//! The types of results on the wire, and the cast to them on top of a plan.
//!
//! Views, dictionaries, run-end encoding, list views, large and unsigned types, half floats and narrow decimals are each
//! read wrongly or not at all by some client in use; their compatible forms hold the same values everywhere, and are sent
//! unless a client asks for the native ones.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{CastExpr, Column};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

/// Digits of the largest unsigned 64-bit number.
const UINT64_DIGITS: u8 = 20;

/// How results are typed on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResultTypes {
    /// The engine's own types, whoever can read them.
    pub native: bool,
    pub timestamps_in_nanoseconds: bool,
    /// In UTC.
    pub timestamps_without_zone: bool,
    pub decimals_as_doubles: bool,
}

pub(crate) fn compatible_schema(schema: &Schema) -> SchemaRef {
    ResultTypes::default().schema(schema)
}

impl ResultTypes {
    pub(crate) fn schema(&self, schema: &Schema) -> SchemaRef {
        let fields: Vec<FieldRef> = schema.fields().iter().map(|field| self.field(field)).collect();
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    }

    fn field(&self, field: &FieldRef) -> FieldRef {
        let data_type = self.data_type(field.data_type());
        if data_type == *field.data_type() {
            return field.clone();
        }
        Arc::new(Field::new(field.name(), data_type, field.is_nullable()).with_metadata(field.metadata().clone()))
    }

    fn fields(&self, fields: &Fields) -> Fields {
        fields.iter().map(|field| self.field(field)).collect()
    }

    fn data_type(&self, data_type: &DataType) -> DataType {
        let encoded = if self.native { self.same_layout(data_type) } else { self.compatible(data_type) };
        match encoded {
            DataType::Timestamp(unit, zone) => {
                let unit = if self.timestamps_in_nanoseconds { TimeUnit::Nanosecond } else { unit };
                DataType::Timestamp(unit, zone.filter(|_| !self.timestamps_without_zone))
            }
            decimal if self.decimals_as_doubles && decimal.is_decimal() => DataType::Float64,
            other => other,
        }
    }

    fn compatible(&self, data_type: &DataType) -> DataType {
        use DataType as T;
        match data_type {
            T::UInt8 => T::Int16,
            T::UInt16 => T::Int32,
            T::UInt32 => T::Int64,
            T::UInt64 => T::Decimal128(UINT64_DIGITS, 0),
            T::Float16 => T::Float32,
            T::Utf8View | T::LargeUtf8 => T::Utf8,
            T::BinaryView | T::LargeBinary => T::Binary,
            T::Decimal32(precision, scale) | T::Decimal64(precision, scale) => T::Decimal128(*precision, *scale),
            T::Dictionary(_, values) => self.data_type(values),
            T::RunEndEncoded(_, values) => self.data_type(values.data_type()),
            T::List(item) | T::ListView(item) | T::LargeList(item) | T::LargeListView(item) => {
                T::List(self.field(item))
            }
            T::FixedSizeList(item, size) => T::FixedSizeList(self.field(item), *size),
            T::Struct(fields) => T::Struct(self.fields(fields)),
            T::Map(entries, sorted) => T::Map(self.canonical_entries(entries), *sorted),
            other => other.clone(),
        }
    }

    /// What is nested may change, what nests does not. Narrow decimals have no type in Arrow's Java library, which reads
    /// every schema here.
    fn same_layout(&self, data_type: &DataType) -> DataType {
        use DataType as T;
        match data_type {
            T::Dictionary(keys, values) => T::Dictionary(keys.clone(), Box::new(self.data_type(values))),
            T::RunEndEncoded(ends, values) => T::RunEndEncoded(ends.clone(), self.field(values)),
            T::List(item) => T::List(self.field(item)),
            T::ListView(item) => T::ListView(self.field(item)),
            T::LargeList(item) => T::LargeList(self.field(item)),
            T::LargeListView(item) => T::LargeListView(self.field(item)),
            T::FixedSizeList(item, size) => T::FixedSizeList(self.field(item), *size),
            T::Struct(fields) => T::Struct(self.fields(fields)),
            T::Map(entries, sorted) => T::Map(self.field(entries), *sorted),
            T::Decimal32(precision, scale) | T::Decimal64(precision, scale) => T::Decimal128(*precision, *scale),
            other => other.clone(),
        }
    }

    /// Map entries named as the Arrow specification recommends; some readers look for these names.
    fn canonical_entries(&self, entries: &FieldRef) -> FieldRef {
        let DataType::Struct(fields) = entries.data_type() else {
            return entries.clone();
        };
        let named: Fields = ["key", "value"]
            .iter()
            .zip(fields)
            .map(|(name, field)| Arc::new(self.field(field).as_ref().clone().with_name(*name)))
            .collect();
        Arc::new(Field::new("entries", DataType::Struct(named), false))
    }
}

/// `plan`, with its columns cast to the types of `wire`; partitions stay as they are.
pub(crate) fn flattened(plan: Arc<dyn ExecutionPlan>, wire: &Schema) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = plan.schema();
    let same = |(have, want): (&FieldRef, &FieldRef)| have.data_type() == want.data_type();
    if schema.fields().iter().zip(wire.fields()).all(same) {
        return Ok(plan);
    }
    let columns = schema.fields().iter().zip(wire.fields()).enumerate().map(|(i, (have, want))| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(have.name(), i));
        let expr = if have.data_type() == want.data_type() {
            column
        } else {
            Arc::new(CastExpr::new(column, want.data_type().clone(), None))
        };
        ProjectionExpr { expr, alias: want.name().clone() }
    });
    Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), plan)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_types_are_flattened_all_the_way_down() {
        let inner = Arc::new(Field::new("x", DataType::Utf8View, true));
        let list = DataType::LargeList(Arc::new(Field::new("item", DataType::Struct(vec![inner].into()), true)));
        let flat = ResultTypes::default().data_type(&list);
        let DataType::List(item) = flat else { panic!("{flat}") };
        let DataType::Struct(fields) = item.data_type() else { panic!() };
        assert_eq!(fields[0].data_type(), &DataType::Utf8);
    }

    #[test]
    fn plain_types_stay() {
        for plain in [DataType::Int64, DataType::Utf8, DataType::Date32, DataType::Decimal128(38, 2), DataType::Null] {
            assert_eq!(ResultTypes::default().data_type(&plain), plain);
        }
    }
}
