//! Bounds the depth of a syntax tree before there is one, by counting tokens.
//!
//! A stack overflow is not a panic: it ends the process, with everybody's queries. Counted are how deep brackets nest, and
//! how many operators follow each other without a comma or a clause word between them (`1+1+...` and `a OR b OR ...` are as
//! deep as they are long), those inside of brackets added up. What is not known to be harmless counts as an operator.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::error::{EngineError, ErrorCode, Result};
use crate::guard::SqlLimits;

/// Most UNION, INTERSECT, EXCEPT and pipe operators of one statement.
const MAX_SET_OPERATIONS: usize = 256;
/// Deepest nesting of subqueries inside expressions: planning time doubles with each, so that 20 would take minutes.
const MAX_NESTED_SUBQUERIES: usize = 12;
/// Deepest nesting of what DataFusion rewrites to an expression that holds its operand twice.
const MAX_DOUBLINGS: usize = 8;
/// Most parts of a name such as `catalog.schema.table.column.field`.
const MAX_NAME_PARTS: usize = 16;

pub(crate) fn too_complex(limit: &str, allowed: usize, found: usize) -> EngineError {
    EngineError::new(ErrorCode::SqlTooComplex, format!("the statement has {found}, limit {limit} is {allowed}"))
        .with_hint("use IN (...) for long OR lists, or join with a dataset that holds the values")
}

pub(crate) fn within(limit: &str, allowed: usize, found: usize) -> Result<()> {
    if found > allowed { Err(too_complex(limit, allowed, found)) } else { Ok(()) }
}

/// A count over the parts of a bracket, of which the largest holds.
#[derive(Default)]
struct Deepest {
    /// In the part since the last separator.
    here: usize,
    /// In the deepest bracket closed since then.
    inner: usize,
    /// In the deepest part before that.
    before: usize,
}

impl Deepest {
    fn total(&self) -> usize {
        self.before.max(self.here + self.inner)
    }

    fn separate(&mut self) {
        *self = Deepest { before: self.total(), ..Deepest::default() };
    }
}

/// What is counted inside one bracket.
#[derive(Default)]
struct Level {
    operators: Deepest,
    /// BETWEEN and the functions of [`doubles`].
    doublings: Deepest,
    /// BETWEENs whose AND has not come yet.
    betweens: usize,
    /// Whether the bracket holds the arguments of such a function.
    is_doubling: bool,
    /// Whether the bracket does not follow FROM, JOIN or AS, where a subquery is cheap.
    in_expression: bool,
    /// Whether it holds a SELECT.
    selects: bool,
}

impl Level {
    fn separate(&mut self) {
        self.operators.separate();
        self.doublings.separate();
        self.betweens = 0;
    }

    fn close(&mut self, closed: &Level) {
        self.operators.inner = self.operators.inner.max(closed.operators.total());
        let doublings = closed.doublings.total() + usize::from(closed.is_doubling);
        self.doublings.inner = self.doublings.inner.max(doublings);
    }

    fn operator(&mut self, token: &Token) {
        self.operators.here += 1;
        if is_word(token, &[Keyword::BETWEEN]) {
            self.betweens += 1;
            self.doublings.here += 1;
        } else if is_word(token, &[Keyword::AND, Keyword::OR]) {
            match self.betweens.checked_sub(1) {
                Some(open) if is_word(token, &[Keyword::AND]) => self.betweens = open,
                _ => self.doublings.separate(),
            }
        }
    }
}

pub(crate) fn check(tokens: &[TokenWithSpan], limits: &SqlLimits) -> Result<()> {
    let (mut significant, mut set_operations, mut explains, mut name_parts) = (0, 0, 0, 0);
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::default();
    let mut previous = Token::EOF;
    for TokenWithSpan { token, .. } in tokens {
        if matches!(token, Token::Whitespace(_)) {
            continue;
        }
        significant += 1;
        match token {
            Token::Period => name_parts += 1,
            Token::Word(_) if previous == Token::Period => {}
            _ => name_parts = 0,
        }
        match role(token) {
            Role::Open => {
                // `f(f(f(` nests, `a[1][1]` chains: a bracket counts both ways.
                level.operators.here += 1;
                let inside = Level {
                    is_doubling: doubles(&previous),
                    in_expression: !is_word(&previous, &[Keyword::FROM, Keyword::JOIN, Keyword::AS, Keyword::LATERAL]),
                    ..Level::default()
                };
                outer.push(std::mem::replace(&mut level, inside));
            }
            Role::Close => {
                if let Some(parent) = outer.pop() {
                    let closed = std::mem::replace(&mut level, parent);
                    level.close(&closed);
                }
            }
            Role::Operator => level.operator(token),
            Role::Separator => level.separate(),
            Role::SetOperation => {
                set_operations += 1;
                level.separate();
            }
            Role::Explain => explains += 1,
            Role::Other => {}
        }
        if is_word(token, &[Keyword::SELECT]) && !level.selects {
            level.selects = true;
            let nested = outer.iter().chain([&level]).filter(|level| level.in_expression && level.selects).count();
            within("sql-nested-subqueries", MAX_NESTED_SUBQUERIES, nested)?;
        }
        within("sql-nesting", limits.nesting, outer.len())?;
        within("sql-chain", limits.chain, level.operators.total())?;
        let open = outer.iter().filter(|level| level.is_doubling).count() + usize::from(level.is_doubling);
        within("sql-doublings", MAX_DOUBLINGS, level.doublings.total() + open)?;
        within("sql-name-parts", MAX_NAME_PARTS, name_parts)?;
        previous = token.clone();
    }
    within("sql-tokens", limits.tokens, significant)?;
    // The parser descends into each without counting.
    within("sql-explains", 1, explains)?;
    within("sql-set-operations", MAX_SET_OPERATIONS, set_operations)
}

fn is_word(token: &Token, keywords: &[Keyword]) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && keywords.contains(&word.keyword))
}

/// Functions that DataFusion rewrites to a CASE with the operand in the condition and in the result.
fn doubles(token: &Token) -> bool {
    const NAMES: [&str; 7] = ["coalesce", "nvl", "nvl2", "ifnull", "nullif", "greatest", "least"];
    matches!(token, Token::Word(word) if NAMES.iter().any(|name| word.value.eq_ignore_ascii_case(name)))
}

enum Role {
    Open,
    Close,
    Operator,
    Separator,
    SetOperation,
    Explain,
    Other,
}

fn role(token: &Token) -> Role {
    match token {
        Token::LParen | Token::LBracket | Token::LBrace => Role::Open,
        Token::RParen | Token::RBracket | Token::RBrace => Role::Close,
        Token::Comma | Token::SemiColon => Role::Separator,
        Token::VerticalBarRightAngleBracket => Role::SetOperation,
        Token::Word(word) if word.quote_style.is_some() => Role::Other,
        Token::Word(word) => keyword_role(word.keyword),
        Token::Number(..)
        | Token::Char(_)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::DollarQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::Placeholder(_)
        | Token::Period
        | Token::EOF
        | Token::Whitespace(_) => Role::Other,
        // Every other token is punctuation that builds an expression.
        _ => Role::Operator,
    }
}

fn keyword_role(keyword: Keyword) -> Role {
    match keyword {
        Keyword::CASE => Role::Open,
        Keyword::END => Role::Close,
        Keyword::EXPLAIN | Keyword::DESCRIBE => Role::Explain,
        Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT | Keyword::MINUS => Role::SetOperation,
        Keyword::SELECT
        | Keyword::FROM
        | Keyword::WHERE
        | Keyword::GROUP
        | Keyword::HAVING
        | Keyword::ORDER
        | Keyword::LIMIT
        | Keyword::JOIN
        | Keyword::ON
        | Keyword::WHEN
        | Keyword::THEN
        | Keyword::ELSE => Role::Separator,
        // Not keywords, literals, and words that are often names of columns or types.
        Keyword::NoKeyword
        | Keyword::NULL
        | Keyword::TRUE
        | Keyword::FALSE
        | Keyword::AS
        | Keyword::ASC
        | Keyword::DESC
        | Keyword::BY
        | Keyword::IN
        | Keyword::DISTINCT
        | Keyword::ALL
        | Keyword::DATE
        | Keyword::TIME
        | Keyword::TIMESTAMP
        | Keyword::INTERVAL
        | Keyword::YEAR
        | Keyword::MONTH
        | Keyword::DAY
        | Keyword::HOUR
        | Keyword::NAME
        | Keyword::TYPE
        | Keyword::VALUE
        | Keyword::VALUES
        | Keyword::ID => Role::Other,
        _ => Role::Operator,
    }
}
