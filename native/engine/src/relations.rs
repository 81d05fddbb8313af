//! Bounds the number of tables that a statement reads, once for each place that its WITH clauses are used in: DataFusion
//! plans a common table expression anew wherever it is named, so that a chain of them grows without end.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::sqlparser::ast::{ObjectName, Query, Select, SetExpr, Statement, Visit, Visitor};

use crate::error::Result;
use crate::tokens::within;

/// Most tables of one statement, common table expressions multiplied out.
const MAX_RELATIONS: usize = 512;
/// Most tables of one FROM, joined by JOIN or comma.
const MAX_JOINED: usize = 64;

/// How many tables stand behind the name of a common table expression.
type Sizes = HashMap<String, usize>;

pub(crate) fn check(statement: &DfStatement) -> Result<()> {
    match statement {
        DfStatement::Explain(explain) => check(&explain.statement),
        DfStatement::Statement(inner) => {
            let mut count = Count { sizes: Sizes::new(), relations: 0, joined: 0 };
            let _ = Visit::visit(inner.as_ref() as &Statement, &mut count);
            within("sql-relations", MAX_RELATIONS, count.relations)?;
            within("sql-joins", MAX_JOINED, count.joined)
        }
        _ => Ok(()),
    }
}

struct Count {
    sizes: Sizes,
    relations: usize,
    /// Of the largest FROM.
    joined: usize,
}

impl Visitor for Count {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            let mut count = Count { sizes: self.sizes.clone(), relations: 0, joined: 0 };
            let _ = table.query.visit(&mut count);
            self.sizes.insert(table.alias.name.value.to_lowercase(), count.relations.max(1));
            if count.relations > MAX_RELATIONS {
                // Enough is known; what follows may be much more.
                self.relations = count.relations;
                return ControlFlow::Break(());
            }
        }
        self.body(&query.body);
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        // Without quotes, as the names of the expressions are kept.
        let name: Vec<String> = relation
            .0
            .iter()
            .map(|part| part.as_ident().map_or_else(|| part.to_string(), |i| i.value.clone()))
            .collect();
        let size = self.sizes.get(&name.join(".").to_lowercase()).copied().unwrap_or(1);
        self.relations = self.relations.saturating_add(size);
        if self.relations > MAX_RELATIONS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Count {
    fn body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            _ => {}
        }
    }

    fn select(&mut self, select: &Select) {
        let joined = select.from.iter().map(|table| 1 + table.joins.len()).sum();
        self.joined = self.joined.max(joined);
    }
}
