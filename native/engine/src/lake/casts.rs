//! Casts in filters that do not keep order. Of `CAST(ts AS TIME)` the bounds of `ts` tell nothing, but pruning casts them all
//! the same: it must not see such a condition.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::physical_expr::expressions::{CastExpr, TryCastExpr};
use datafusion::physical_expr::{PhysicalExpr, conjunction, split_conjunction};
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;

/// Whether `expr` itself is a cast that is not known to keep order.
pub(crate) fn reorders(expr: &Arc<dyn PhysicalExpr>, schema: &Schema) -> bool {
    let (inner, to) = match (expr.downcast_ref::<CastExpr>(), expr.downcast_ref::<TryCastExpr>()) {
        (Some(cast), _) => (cast.expr(), cast.cast_type()),
        (_, Some(cast)) => (cast.expr(), cast.cast_type()),
        _ => return false,
    };
    !inner.data_type(schema).is_ok_and(|from| keeps_order(&from, to))
}

/// Whether a cast that is not known to keep order is anywhere in `condition`.
pub(crate) fn misleads(condition: &Arc<dyn PhysicalExpr>, schema: &Schema) -> bool {
    let is_in = |expr: &Arc<dyn PhysicalExpr>| {
        let mut found = false;
        let walked = expr.apply(|node| {
            found |= reorders(node, schema);
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        });
        found || walked.is_err()
    };
    // What a dynamic filter says now is no child of it.
    is_in(condition) || !snapshot_physical_expr(condition.clone()).is_ok_and(|now| !is_in(&now))
}

/// The parts of `predicate` that may be compared with bounds.
pub(crate) fn prunable(predicate: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Arc<dyn PhysicalExpr> {
    conjunction(split_conjunction(predicate).into_iter().filter(|part| !misleads(part, schema)).cloned())
}

fn keeps_order(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    let is_text = |of: &DataType| matches!(of, T::Utf8 | T::LargeUtf8 | T::Utf8View);
    let is_binary = |of: &DataType| matches!(of, T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_));
    // Local time of a zone goes back once a year.
    let is_utc = |zone: &Option<Arc<str>>| zone.as_ref().is_none_or(|zone| matches!(&**zone, "UTC" | "+00:00"));
    match (from, to) {
        _ if from == to => true,
        (T::Null, _) => true,
        (T::Dictionary(_, from), to) => keeps_order(from, to),
        (from, T::Dictionary(_, to)) => keeps_order(from, to),
        (from, to) if from.is_numeric() && to.is_numeric() => true,
        (T::Timestamp(_, Some(_)), T::Timestamp(_, Some(_))) => true,
        (T::Timestamp(_, from), T::Timestamp(_, to)) => is_utc(from) && is_utc(to),
        (T::Date32 | T::Date64, T::Timestamp(_, zone)) | (T::Timestamp(_, zone), T::Date32 | T::Date64) => is_utc(zone),
        (T::Date32 | T::Date64, T::Date32 | T::Date64) => true,
        (T::Time32(_) | T::Time64(_), T::Time32(_) | T::Time64(_)) => true,
        (from, to) => is_text(from) && is_text(to) || is_binary(from) && is_binary(to),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::TimeUnit;

    use super::*;

    #[test]
    fn only_casts_known_to_keep_order_are_trusted() {
        let moment = DataType::Timestamp(TimeUnit::Microsecond, None);
        let zoned = DataType::Timestamp(TimeUnit::Microsecond, Some("Europe/Berlin".into()));
        for (from, to) in [
            (DataType::Int32, DataType::Int64),
            (DataType::Int64, DataType::Float64),
            (DataType::Utf8, DataType::Utf8View),
            (DataType::Date32, moment.clone()),
            (moment.clone(), DataType::Date32),
        ] {
            assert!(keeps_order(&from, &to), "{from} {to}");
        }
        for (from, to) in [
            (moment.clone(), DataType::Time64(TimeUnit::Microsecond)),
            (DataType::Int64, DataType::Boolean),
            (DataType::Int64, DataType::Utf8),
            (DataType::Utf8, DataType::Int64),
            (zoned.clone(), DataType::Date32),
            (zoned, moment),
        ] {
            assert!(!keeps_order(&from, &to), "{from} {to}");
        }
    }
}
