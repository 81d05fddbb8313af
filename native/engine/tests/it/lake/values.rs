//! Random values, as Rust, as Arrow and as SQL have them.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int32Array, Int64Array,
    StringArray,
};
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type};

pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Int(bool),
    Float(bool),
    Decimal(u8),
    Text,
    Date,
}

impl Kind {
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Int(wide) => {
                if wide {
                    DataType::Int64
                } else {
                    DataType::Int32
                }
            }
            Kind::Float(wide) => {
                if wide {
                    DataType::Float64
                } else {
                    DataType::Float32
                }
            }
            Kind::Decimal(precision) => DataType::Decimal128(precision, 2),
            Kind::Text => DataType::Utf8,
            Kind::Date => DataType::Date32,
        }
    }

    pub fn widened(self) -> Self {
        match self {
            Kind::Int(_) => Kind::Int(true),
            Kind::Float(_) => Kind::Float(true),
            Kind::Decimal(precision) => Kind::Decimal(precision.min(12) + 6),
            other => other,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    Null,
    Int(i64),
    Float(f64),
    Text(String),
}

pub fn order(a: &Val, b: &Val) -> Option<Ordering> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
        (Val::Float(a), Val::Float(b)) => Some(a.total_cmp(b)),
        (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

#[derive(Clone, Debug)]
pub struct Column {
    pub id: i32,
    pub name: String,
    pub kind: Kind,
    pub default: Option<Val>,
}

/// One value of few, so that filters and keys meet.
pub fn random_value(random: &mut Random, kind: Kind) -> Val {
    if random.one_in(6) {
        return Val::Null;
    }
    let number = random.below(40) as i64 - 20;
    match kind {
        Kind::Int(_) | Kind::Decimal(_) | Kind::Date => Val::Int(number),
        Kind::Float(_) if random.one_in(8) => Val::Float(f64::NAN),
        Kind::Float(_) => Val::Float(number as f64 / 2.0),
        Kind::Text => Val::Text(format!("{}{}", ["a", "b", "çé"][random.below(3) as usize], number + 20)),
    }
}

pub fn array(kind: Kind, values: &[Val]) -> ArrayRef {
    let ints = || values.iter().map(|v| if let Val::Int(i) = v { Some(*i) } else { None });
    let floats = || values.iter().map(|v| if let Val::Float(x) = v { Some(*x) } else { None });
    match kind {
        Kind::Int(true) => Arc::new(ints().collect::<Int64Array>()),
        Kind::Int(false) => Arc::new(ints().map(|i| i.map(|i| i as i32)).collect::<Int32Array>()),
        Kind::Float(true) => Arc::new(floats().collect::<Float64Array>()),
        Kind::Float(false) => Arc::new(floats().map(|x| x.map(|x| x as f32)).collect::<Float32Array>()),
        Kind::Decimal(precision) => {
            let numbers: Decimal128Array = ints().map(|i| i.map(i128::from)).collect();
            Arc::new(numbers.with_precision_and_scale(precision, 2).unwrap())
        }
        Kind::Date => Arc::new(ints().map(|i| i.map(|i| i as i32)).collect::<Date32Array>()),
        Kind::Text => Arc::new(
            values.iter().map(|v| if let Val::Text(t) = v { Some(t.as_str()) } else { None }).collect::<StringArray>(),
        ),
    }
}

pub fn read(array: &ArrayRef, row: usize) -> Val {
    if array.is_null(row) {
        return Val::Null;
    }
    let array = match array.data_type() {
        DataType::Int32 => &datafusion::arrow::compute::cast(array, &DataType::Int64).unwrap(),
        DataType::Float32 => &datafusion::arrow::compute::cast(array, &DataType::Float64).unwrap(),
        _ => array,
    };
    match array.data_type() {
        DataType::Int64 => Val::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Val::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(..) => Val::Int(array.as_primitive::<Decimal128Type>().value(row) as i64),
        DataType::Date32 => Val::Int(array.as_primitive::<Date32Type>().value(row).into()),
        DataType::Utf8 => Val::Text(array.as_string::<i32>().value(row).to_string()),
        other => panic!("{other}"),
    }
}

pub fn literal(value: &Val, kind: Kind) -> String {
    match (value, kind) {
        (Val::Null, _) => "NULL".to_string(),
        (Val::Int(days), Kind::Date) => format!("(DATE '1970-01-01' + INTERVAL '{days} days')::date"),
        (Val::Int(cents), Kind::Decimal(_)) => format!("CAST({cents} AS DECIMAL(10,2)) / 100"),
        (Val::Int(i), _) => format!("({i})"),
        (Val::Float(x), _) if x.is_nan() => "CAST('NaN' AS DOUBLE)".to_string(),
        (Val::Float(x), _) => format!("CAST({x} AS DOUBLE)"),
        (Val::Text(text), _) => format!("'{text}'"),
    }
}

pub fn default_text(value: &Val, kind: Kind) -> String {
    match (value, kind) {
        (Val::Int(cents), Kind::Decimal(_)) => {
            format!("{}{}.{:02}", if *cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
        }
        (Val::Int(days), Kind::Date) => {
            let day = Date32Type::to_naive_date_opt(*days as i32).unwrap();
            day.to_string()
        }
        (Val::Int(i), _) => i.to_string(),
        (Val::Float(x), _) => x.to_string(),
        (Val::Text(text), _) => text.clone(),
        (Val::Null, _) => unreachable!(),
    }
}
