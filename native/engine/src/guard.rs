//! The only way from text to a statement: one that is small enough to be planned, and that is a query.

use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement as DfStatement};
use datafusion::sql::sqlparser::ast::{ExprWithAlias, Query, SetExpr, Statement as SqlStatement, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Tokenizer};

use crate::error::{EngineError, ErrorCode, Position, Result};
use crate::tokens::too_complex;
use crate::{relations, time_travel, tokens};

/// Recursion limit of the parser: above any depth that the other limits let through.
const PARSER_RECURSION: usize = 4_096;
static DIALECT: GenericDialect = GenericDialect {};

#[derive(Clone, Copy, Debug)]
pub struct SqlLimits {
    pub bytes: usize,
    pub tokens: usize,
    pub nesting: usize,
    pub chain: usize,
}

/// The one statement of `sql`, if it is a query that may run.
pub(crate) fn parse(sql: &str, limits: &SqlLimits) -> Result<DfStatement> {
    let tokens = numbered(time_travel::rewritten(tokenized(sql, limits)?)?)?;
    let mut statements = parser(tokens)?.parse_statements()?;
    match statements.len() {
        0 => Err(EngineError::new(ErrorCode::InvalidSql, "the statement is empty")),
        1 => {
            let statement = statements.pop_front().ok_or_else(|| EngineError::internal("no statement"))?;
            allowed(&statement)?;
            relations::check(&statement)?;
            Ok(statement)
        }
        many => Err(EngineError::new(ErrorCode::InvalidSql, format!("{many} statements in one request"))
            .with_hint("send one statement at a time")),
    }
}

/// A condition as after WHERE, and nothing behind it: no alias, no subquery, no parameter.
pub(crate) fn parse_condition(sql: &str, limits: &SqlLimits) -> Result<ExprWithAlias> {
    let tokens = tokenized(sql, limits)?;
    let wrong = |message: &str| EngineError::new(ErrorCode::InvalidSql, message);
    if let Some(token) = tokens.iter().find(|token| matches!(token.token, Token::Placeholder(_))) {
        let message = format!("{} in a filter: a filter has no parameters", token.token);
        return Err(wrong(&message).at(Some(position(&token.span))).with_hint("write the value itself"));
    }
    if tokens.iter().all(|token| matches!(token.token, Token::Whitespace(_) | Token::EOF)) {
        return Err(wrong("the filter is empty").with_hint("leave it out to read every row"));
    }
    let condition = parser(tokens)?.parse_into_expr()?;
    if let Some(alias) = &condition.alias {
        return Err(wrong("a filter has no alias").at(Some(position(&alias.span))));
    }
    if visit_queries(&condition) {
        return Err(wrong("a filter holds no subquery").with_hint("send a statement instead"));
    }
    Ok(condition)
}

fn visit_queries(condition: &ExprWithAlias) -> bool {
    struct Queries;
    impl Visitor for Queries {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    condition.expr.visit(&mut Queries).is_break()
}

/// Checked for size, so that they can be parsed.
fn tokenized(sql: &str, limits: &SqlLimits) -> Result<Vec<TokenWithSpan>> {
    if sql.len() > limits.bytes {
        return Err(too_complex("sql-bytes", limits.bytes, sql.len()));
    }
    let tokens = Tokenizer::new(&DIALECT, sql)
        .tokenize_with_location()
        .map_err(|e| EngineError::from(datafusion::error::DataFusionError::SQL(Box::new(e.into()), None)))?;
    tokens::check(&tokens, limits)?;
    Ok(tokens)
}

fn parser(tokens: Vec<TokenWithSpan>) -> Result<DFParser<'static>> {
    let builder = DFParserBuilder::new(tokens).with_dialect(&DIALECT);
    Ok(builder.with_recursion_limit(PARSER_RECURSION).build()?)
}

/// Every `?` as `$1`, `$2`, ...; DataFusion only knows the latter. Positions stay those of the text.
fn numbered(mut tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>> {
    let (mut marks, mut others) = (0, 0);
    for token in &mut tokens {
        if let Token::Placeholder(text) = &mut token.token {
            if text == "?" {
                marks += 1;
                *text = format!("${marks}");
            } else {
                others += 1;
            }
        }
    }
    if marks > 0 && others > 0 {
        return Err(EngineError::new(ErrorCode::InvalidSql, "parameters are written both as ? and as $1")
            .with_hint("use one of the two"));
    }
    Ok(tokens)
}

pub(crate) fn position(span: &Span) -> Position {
    Position { line: span.start.line, column: span.start.column, end_line: span.end.line, end_column: span.end.column }
}

/// Where a word stands in the text, for a caret; the first place wins.
pub(crate) fn position_of_word(sql: &str, word: &str) -> Option<Position> {
    let tokens = Tokenizer::new(&DIALECT, sql).tokenize_with_location().ok()?;
    tokens.iter().find_map(|token| match &token.token {
        Token::Word(found) if found.value.eq_ignore_ascii_case(word) => Some(position(&token.span)),
        _ => None,
    })
}

/// Queries, EXPLAIN of queries, and the SHOW and DESCRIBE that are queries over the catalog.
fn allowed(statement: &DfStatement) -> Result<()> {
    match statement {
        DfStatement::Statement(inner) => allowed_sql(inner),
        DfStatement::Explain(explain) => allowed(&explain.statement),
        DfStatement::CreateExternalTable(_) => Err(not_allowed("CREATE EXTERNAL TABLE")),
        DfStatement::CopyTo(_) => Err(not_allowed("COPY")),
        DfStatement::Reset(_) => Err(not_allowed("RESET")),
    }
}

fn allowed_sql(statement: &SqlStatement) -> Result<()> {
    match statement {
        SqlStatement::Query(query) => match query.body.as_ref() {
            SetExpr::Insert(_) => Err(not_allowed("INSERT")),
            SetExpr::Update(_) => Err(not_allowed("UPDATE")),
            SetExpr::Delete(_) => Err(not_allowed("DELETE")),
            _ => Ok(()),
        },
        SqlStatement::ShowDatabases { .. }
        | SqlStatement::ShowSchemas { .. }
        | SqlStatement::ShowTables { .. }
        | SqlStatement::ShowColumns { .. }
        | SqlStatement::ExplainTable { .. } => Ok(()),
        SqlStatement::Explain { statement, .. } => allowed_sql(statement),
        other => {
            let text = other.to_string();
            let words: Vec<&str> = text.split_whitespace().take(2).collect();
            let shown = match words.as_slice() {
                [verb @ ("CREATE" | "DROP" | "ALTER"), what] => format!("{verb} {what}"),
                [verb, ..] => (*verb).to_string(),
                [] => "this statement".to_string(),
            };
            Err(not_allowed(&shown))
        }
    }
}

fn not_allowed(what: &str) -> EngineError {
    EngineError::new(ErrorCode::StatementNotAllowed, format!("{what} is not allowed: datasets are read-only"))
        .with_hint("SELECT, WITH, VALUES, EXPLAIN, SHOW TABLES and DESCRIBE are")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SqlLimits = SqlLimits { bytes: 256 << 10, tokens: 50_000, nesting: 100, chain: 500 };

    fn code(sql: &str) -> Option<ErrorCode> {
        parse(sql, &LIMITS).err().map(|error| error.code)
    }

    #[test]
    fn queries_pass() {
        for sql in [
            "SELECT 1",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "VALUES (1), (2)",
            "EXPLAIN SELECT 1",
            "EXPLAIN ANALYZE SELECT 1",
            "SHOW TABLES",
            "DESCRIBE trips",
            "SELECT 1;",
        ] {
            assert_eq!(code(sql), None, "{sql}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for sql in [
            "CREATE TABLE t AS SELECT 1",
            "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
            "CREATE VIEW v AS SELECT 1",
            "CREATE FUNCTION f(INT) RETURNS INT RETURN $1",
            "DROP TABLE t",
            "INSERT INTO t VALUES (1)",
            "UPDATE t SET a = 1",
            "DELETE FROM t",
            "COPY (SELECT 1) TO '/tmp/x.csv'",
            "SET datafusion.execution.batch_size = 1",
            "SHOW ALL",
            "TRUNCATE TABLE t",
            "EXPLAIN INSERT INTO t VALUES (1)",
            "PREPARE p AS SELECT 1",
            "BEGIN",
            "USE x",
        ] {
            assert_eq!(code(sql), Some(ErrorCode::StatementNotAllowed), "{sql}");
        }
    }

    #[test]
    fn question_marks_become_numbers_outside_of_text() {
        let shown = |sql| {
            let tokens = numbered(tokenized(sql, &LIMITS).unwrap())?;
            Ok::<_, EngineError>(tokens.iter().map(|token| token.token.to_string()).collect::<String>())
        };
        assert_eq!(shown("SELECT '?', ? -- ?\n, \"?\", ?").unwrap(), "SELECT '?', $1 -- ?\n, \"?\", $2");
        assert!(shown("SELECT ?, $1").is_err());
    }

    #[test]
    fn conditions_are_one_expression() {
        let condition = |sql| parse_condition(sql, &LIMITS).map(|condition| condition.to_string());
        assert_eq!(condition("a > 1 AND b IN ('x', 'y')").unwrap(), "a > 1 AND b IN ('x', 'y')");
        for sql in ["", " -- x", "a > 1 b", "a > 1 AS b", "a > 1; b", "a = ?", "a = $1", "a IN (SELECT 1)", "SELECT 1"]
        {
            assert_eq!(condition(sql).unwrap_err().code, ErrorCode::InvalidSql, "{sql}");
        }
        let or = format!("a = 1{}", " OR a = 1".repeat(1_000));
        assert_eq!(condition(&or).unwrap_err().code, ErrorCode::SqlTooComplex);
    }

    #[test]
    fn two_statements_are_refused() {
        assert_eq!(code("SELECT 1; SELECT 2"), Some(ErrorCode::InvalidSql));
        assert_eq!(code(" ; "), Some(ErrorCode::InvalidSql));
    }

    #[test]
    fn poison_is_refused() {
        let plus = format!("SELECT 1{}", "+1".repeat(2_000));
        let ors = format!("SELECT 1 WHERE 1=1{}", " OR 1=1".repeat(20_000));
        let parens = format!("SELECT {}1{}", "(".repeat(3_000), ")".repeat(3_000));
        let nots = format!("SELECT {}true", "NOT ".repeat(5_000));
        let minus = format!("SELECT {}1", "- ".repeat(5_000));
        let casts = format!("SELECT 1{}", "::int".repeat(5_000));
        let subscripts = format!("SELECT a{}", "[1]".repeat(5_000));
        let cases = format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(3_000), " END".repeat(3_000));
        let unions = format!("SELECT 1{}", " UNION SELECT 1".repeat(5_000));
        let joins = format!("SELECT 1 FROM t{}", " JOIN t ON true".repeat(1_000));
        let subqueries = format!("SELECT {}1{}", "(SELECT ".repeat(13), ")".repeat(13));
        let explains = format!("{}SELECT 1", "EXPLAIN ".repeat(6_000));
        let zones = format!("SELECT now(){}", " AT TIME ZONE 'UTC'".repeat(12_000));
        let similar = format!("SELECT 'a'{}", " SIMILAR TO 'a'".repeat(1_000));
        let minus_sets = format!("SELECT 1{}", " MINUS SELECT 1".repeat(12_000));
        let pipes = format!("SELECT 1{}", " |> WHERE true".repeat(12_000));
        let names = format!("SELECT t{}", ".a".repeat(20_000));
        let chain = |q: &str| {
            let mut ctes = format!("WITH {q}c0{q} AS (SELECT 1 v)");
            for i in 1..26 {
                ctes += &format!(", {q}c{i}{q} AS (SELECT x.v FROM {q}c{p}{q} x, {q}c{p}{q} y)", p = i - 1);
            }
            format!("{ctes} SELECT * FROM {q}c25{q}")
        };
        let (ctes, quoted_ctes) = (chain(""), chain("\""));
        let nested_ctes = format!("SELECT * FROM ({ctes}) AS t");
        let coalesces = format!("SELECT {}1{}", "coalesce(".repeat(40), ", 2)".repeat(40));
        let betweens = format!("SELECT {}1{}", "(".repeat(22), " BETWEEN 0 AND 1)".repeat(22));
        let flat_betweens = format!("SELECT 1{}", " BETWEEN 0 AND 1".repeat(22));
        let commas = format!("SELECT 1 FROM t{}", ", t".repeat(200));
        let new =
            [explains, zones, similar, minus_sets, pipes, names, ctes, quoted_ctes, nested_ctes, coalesces, betweens];
        for sql in new.into_iter().chain([flat_betweens, commas]) {
            assert_eq!(code(&sql), Some(ErrorCode::SqlTooComplex), "{}...", &sql[..40]);
        }
        let size = format!("SELECT '{}'", "x".repeat(300 << 10));
        let mixed = format!("SELECT {}1{}", "(".repeat(50), "+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1)".repeat(50));
        for sql in [mixed, plus, ors, parens, nots, minus, casts, subscripts, cases, unions, joins, subqueries, size] {
            assert_eq!(code(&sql), Some(ErrorCode::SqlTooComplex), "{}...", &sql[..40]);
        }
    }

    #[test]
    fn long_but_flat_lists_pass() {
        let list = format!("SELECT 1 WHERE 1 IN (1{})", ",1".repeat(10_000));
        assert_eq!(code(&list), None);
        let ranges: Vec<String> = (0..80).map(|i| format!("a BETWEEN {i} AND {}", i + 1)).collect();
        assert_eq!(code(&format!("SELECT 1 WHERE {}", ranges.join(" AND "))), None);
        assert_eq!(code(&format!("SELECT 1 WHERE {}", ranges.join(" OR "))), None);
        let rows = format!("SELECT * FROM (VALUES (1, 'a'){}) AS t", ", (2, 'b')".repeat(4_000));
        assert_eq!(code(&rows), None);
        assert_eq!(code("SELECT a FROM t ORDER BY a DESC, b DESC, c DESC"), None);
        let ctes = "WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a JOIN a AS x ON true) SELECT * FROM b, b AS y";
        assert_eq!(code(ctes), None);
    }
}
