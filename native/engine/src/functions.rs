//! Functions whose result is as large as an argument says. An allocation that fails ends the process, so these refuse
//! before they allocate.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::length::length;
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

use crate::error::{EngineError, ErrorCode};

/// Most bytes of text that one call makes for one batch.
const MAX_TEXT_BYTES: u64 = 256 << 20;
/// Most array elements that one call makes for one batch.
const MAX_ELEMENTS: u64 = 16 << 20;

/// What the size of a result follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Growth {
    /// `repeat(text, times)`
    TimesText,
    /// `lpad(text, characters)`
    Characters,
    /// `array_resize(array, size)`; `array_repeat(element, size)`
    Elements,
    /// `range(start, stop, step)`
    Range,
}

const BOUNDED: [(&str, Growth); 8] = [
    ("repeat", Growth::TimesText),
    ("lpad", Growth::Characters),
    ("rpad", Growth::Characters),
    ("array_resize", Growth::Elements),
    ("array_repeat", Growth::Elements),
    ("range", Growth::Range),
    ("generate_series", Growth::Range),
    ("gen_series", Growth::Range),
];

/// `state` with the functions above replaced by ones that check first.
pub(crate) fn bounded(state: &SessionState) -> Vec<Arc<ScalarUDF>> {
    let mut functions: Vec<Arc<ScalarUDF>> = state.scalar_functions().values().cloned().collect();
    for function in &mut functions {
        if let Some((_, growth)) = BOUNDED.iter().find(|(name, _)| *name == function.name()) {
            *function = Arc::new(ScalarUDF::new_from_impl(Bounded { inner: function.clone(), growth: *growth }));
        }
    }
    functions
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    growth: Growth,
}

impl Bounded {
    fn check(&self, args: &ScalarFunctionArgs) -> Result<()> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let rows = arrays.first().map_or(0, |array| array.len());
        let numbers: Vec<Option<ArrayRef>> = arrays.iter().map(|array| cast(array, &DataType::Int64).ok()).collect();
        let number = |argument: usize, row: usize| -> Option<i64> {
            let array = numbers.get(argument)?.as_ref()?;
            array.is_valid(row).then(|| array.as_primitive::<Int64Type>().value(row))
        };
        let lengths = match self.growth {
            Growth::TimesText => {
                arrays.first().and_then(|text| length(text).ok()).and_then(|l| cast(&l, &DataType::Int64).ok())
            }
            _ => None,
        };
        let mut total = 0u64;
        let (limit, name) = match self.growth {
            Growth::TimesText | Growth::Characters => (MAX_TEXT_BYTES, "function-text-bytes"),
            Growth::Elements | Growth::Range => (MAX_ELEMENTS, "function-elements"),
        };
        for row in 0..rows {
            let size = match self.growth {
                Growth::TimesText => {
                    let text = lengths.as_ref().map_or(0, |l| l.as_primitive::<Int64Type>().value(row));
                    (text.max(0) as u64).saturating_mul(number(1, row).unwrap_or(0).max(0) as u64)
                }
                Growth::Characters | Growth::Elements => number(1, row).unwrap_or(0).max(0) as u64,
                Growth::Range => {
                    let (start, stop) = match arrays.len() {
                        1 => (0, number(0, row).unwrap_or(0)),
                        _ => (number(0, row).unwrap_or(0), number(1, row).unwrap_or(0)),
                    };
                    let step = number(2, row).unwrap_or(1).unsigned_abs().max(1);
                    stop.abs_diff(start) / step
                }
            };
            total = total.saturating_add(size);
        }
        if total <= limit {
            return Ok(());
        }
        let message = format!("{}() would make {total}, limit {name} is {limit}", self.inner.name());
        Err(EngineError::new(ErrorCode::LimitReached, message).into_datafusion())
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arg_types)
    }

    fn with_updated_config(&self, config: &ConfigOptions) -> Option<ScalarUDF> {
        let inner = Arc::new(self.inner.inner().with_updated_config(config)?);
        Some(ScalarUDF::new_from_impl(Bounded { inner, growth: self.growth }))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.check(&args)?;
        self.inner.invoke_with_args(args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}
