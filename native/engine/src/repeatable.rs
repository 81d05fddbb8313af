//! Whether a plan gives the same rows whenever it runs over the same data.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility, WindowFunctionDefinition};

use crate::error::Result;

/// The schema that tells what else there is.
const INFORMATION_SCHEMA: &str = "information_schema";

/// False where a function may answer otherwise next time, where the run is measured, and where tables are listed.
pub(crate) fn is_repeatable(plan: &LogicalPlan) -> Result<bool> {
    let mut repeatable = true;
    plan.apply_with_subqueries(|node| {
        repeatable &= match node {
            LogicalPlan::Analyze(_) => false,
            LogicalPlan::TableScan(scan) => scan.table_name.schema() != Some(INFORMATION_SCHEMA),
            _ => true,
        };
        node.apply_expressions(|expression| {
            repeatable &= !expression.exists(|e| Ok(may_change(e)))?;
            Ok(if repeatable { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
        })?;
        Ok(if repeatable { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(repeatable)
}

/// Such as `now()`, which is the same all through one run, and `random()`, which is not.
fn may_change(expression: &Expr) -> bool {
    let volatility = match expression {
        Expr::ScalarFunction(function) => function.func.signature().volatility,
        Expr::HigherOrderFunction(function) => function.func.signature().volatility,
        Expr::AggregateFunction(function) => function.func.signature().volatility,
        Expr::WindowFunction(function) => match &function.fun {
            WindowFunctionDefinition::AggregateUDF(function) => function.signature().volatility,
            WindowFunctionDefinition::WindowUDF(function) => function.signature().volatility,
        },
        Expr::ScalarVariable(..) => return true,
        _ => return false,
    };
    volatility != Volatility::Immutable
}
