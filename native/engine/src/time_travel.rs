//! `t FOR SYSTEM_VERSION AS OF 123` and its kin, which the parser lacks, as the one name `"t@123"`.
//!
//! Done on tokens: a reference becomes the value of a quoted name, so nothing in it can be read as SQL. Without an alias
//! behind, the table keeps its own name as one: `t FOR VERSION AS OF 1` becomes `"t@1" AS t`, and `t.id` is found.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use datafusion::sql::sqlparser::keywords::{Keyword, RESERVED_FOR_TABLE_ALIAS};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use crate::error::{EngineError, ErrorCode, Result};
use crate::guard::position;

/// Longest name of a branch or tag, or text of a moment.
const MAX_REFERENCE: usize = 256;
const SYNTAX: &str = "write FROM t FOR SYSTEM_VERSION AS OF 123, FOR SYSTEM_VERSION AS OF 'branch' or \
                      FOR SYSTEM_TIME AS OF TIMESTAMP '2024-05-01 10:00:00', and an alias behind it";

/// `tokens` with each such clause drawn into the name in front of it.
pub(crate) fn rewritten(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>> {
    if !tokens.iter().any(|token| is_word(&token.token, "for")) {
        return Ok(tokens);
    }
    // Of the tokens that count: whitespace and comments may stand anywhere.
    let places: Vec<usize> = (0..tokens.len()).filter(|&i| !matches!(tokens[i].token, Token::Whitespace(_))).collect();
    let mut clauses = Vec::new();
    let mut at = 0;
    while at < places.len() {
        match clause(&tokens, &places, at)? {
            Some(found) => {
                at = found.places.end;
                clauses.push(found);
            }
            None => at += 1,
        }
    }
    Ok(applied(tokens, &places, clauses))
}

/// One clause: the places it takes, and what its table is called.
struct Clause {
    places: Range<usize>,
    name: String,
    /// The table's own name, if no alias follows.
    alias: Option<Word>,
}

fn clause(tokens: &[TokenWithSpan], places: &[usize], at: usize) -> Result<Option<Clause>> {
    let token = |place: usize| places.get(place).map(|&i| &tokens[i].token);
    let is = |place: usize, text: &str| token(place).is_some_and(|token| is_word(token, text));
    let is_time = is(at + 1, "system_time") || is(at + 1, "timestamp");
    let is_version = is(at + 1, "system_version") || is(at + 1, "version");
    if !is(at, "for") || !(is_time || is_version) || !is(at + 2, "as") || !is(at + 3, "of") {
        return Ok(None);
    }
    let wrong = |message: String, place: usize| {
        let span = places.get(place).or(places.last()).map(|&i| position(&tokens[i].span));
        EngineError::new(ErrorCode::InvalidSql, message).at(span).with_hint(SYNTAX)
    };
    let Some(word) = table_name(tokens, places, at) else {
        return Err(wrong("FOR ... AS OF stands behind something that is not a table's name".to_string(), at));
    };
    let mut last = at + 4;
    if is_time && (is(last, "timestamp") || is(last, "date")) {
        last += 1;
    }
    let reference = match token(last) {
        Some(Token::Number(digits, _)) if is_version && digits.bytes().all(|b| b.is_ascii_digit()) => digits.clone(),
        Some(Token::SingleQuotedString(text)) => text.clone(),
        Some(other) => return Err(wrong(format!("{other} is no version of a table"), last)),
        None => return Err(wrong("the version of the table is missing".to_string(), last)),
    };
    let is_plain = !reference.is_empty() && !reference.contains(|c: char| c.is_control() || matches!(c, '@' | '$'));
    if !is_plain || reference.len() > MAX_REFERENCE {
        return Err(wrong(format!("'{reference}' is no version of a table"), last));
    }
    if is_time && !is_moment(&reference) {
        return Err(wrong(format!("'{reference}' is not a moment"), last));
    }
    let own = match word.quote_style {
        Some(_) => word.value.clone(),
        None => word.value.to_ascii_lowercase(),
    };
    if own.contains('@') {
        return Err(wrong(format!("{own} already names a version"), at));
    }
    // Behind a `$` stands the kind of metadata, of that version.
    let name = match own.split_once('$') {
        Some((table, metadata)) => format!("{table}@{reference}${metadata}"),
        None => format!("{own}@{reference}"),
    };
    let can_have_alias = !is_described(tokens, places, at);
    let alias = (can_have_alias && !has_alias(token(last + 1))).then(|| word.clone());
    Ok(Some(Clause { places: at..last + 1, name, alias }))
}

/// The name that ends in front of `at`, where a table can stand: `SELECT a FOR ...` has none, nor has `t AS x FOR ...`.
fn table_name<'a>(tokens: &'a [TokenWithSpan], places: &[usize], at: usize) -> Option<&'a Word> {
    let token = |place: usize| &tokens[places[place]].token;
    let first = first_of_name(tokens, places, at)?;
    let before = token(first.checked_sub(1)?);
    let Token::Word(word) = token(at - 1) else {
        return None;
    };
    let columns = first >= 2 && is_word(before, "in") && is_word(token(first - 2), "columns");
    let stands_right = columns
        || matches!(before, Token::Comma | Token::LParen)
        || ["from", "join", "describe", "desc", "table"].iter().any(|keyword| is_word(before, keyword));
    stands_right.then_some(word)
}

/// Where `catalog.schema.table` in front of `at` starts.
fn first_of_name(tokens: &[TokenWithSpan], places: &[usize], at: usize) -> Option<usize> {
    let token = |place: usize| &tokens[places[place]].token;
    let mut first = at.checked_sub(1)?;
    while first >= 2 && matches!(token(first - 1), Token::Period) && matches!(token(first - 2), Token::Word(_)) {
        first -= 2;
    }
    Some(first)
}

fn is_described(tokens: &[TokenWithSpan], places: &[usize], at: usize) -> bool {
    let before = first_of_name(tokens, places, at).and_then(|first| first.checked_sub(1));
    before.is_some_and(|before| {
        let token = &tokens[places[before]].token;
        let is_columns = |at: usize| matches!(&tokens[places[at]].token, t if is_word(t, "columns"));
        let shown = (is_word(token, "from") || is_word(token, "in")) && before.checked_sub(1).is_some_and(is_columns);
        is_word(token, "describe") || is_word(token, "desc") || shown && is_word(&tokens[places[0]].token, "show")
    })
}

fn has_alias(next: Option<&Token>) -> bool {
    match next {
        Some(Token::Word(word)) => {
            word.quote_style.is_some()
                || word.keyword == Keyword::AS
                || !RESERVED_FOR_TABLE_ALIAS.contains(&word.keyword)
        }
        _ => false,
    }
}

/// ISO 8601: a date, or a date and a time, with a zone or in UTC.
fn is_moment(text: &str) -> bool {
    const LOCAL: [&str; 4] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    const ZONED: [&str; 4] = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z", "%+"];
    NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
        || LOCAL.iter().any(|form| NaiveDateTime::parse_from_str(text, form).is_ok())
        || ZONED.iter().any(|form| DateTime::parse_from_str(text, form).is_ok())
}

fn applied(tokens: Vec<TokenWithSpan>, places: &[usize], clauses: Vec<Clause>) -> Vec<TokenWithSpan> {
    let mut tokens: Vec<Option<TokenWithSpan>> = tokens.into_iter().map(Some).collect();
    let mut aliases: Vec<(usize, Word)> = Vec::new();
    for clause in clauses {
        let (first, last) = (clause.places.start, clause.places.end - 1);
        if let Some(named) = &mut tokens[places[first - 1]] {
            named.token = Token::Word(Word { value: clause.name, quote_style: Some('"'), keyword: Keyword::NoKeyword });
        }
        // Comments between the words go too.
        for removed in &mut tokens[places[first]..=places[last]] {
            *removed = None;
        }
        aliases.extend(clause.alias.map(|word| (places[first - 1], word)));
    }
    let mut aliases = aliases.into_iter().peekable();
    let mut made = Vec::with_capacity(tokens.len());
    for (i, token) in tokens.into_iter().enumerate() {
        let span = token.as_ref().map(|token| token.span);
        made.extend(token);
        if let (Some((_, word)), Some(span)) = (aliases.next_if(|(at, _)| *at == i), span) {
            let keyword = Word { value: "AS".to_string(), quote_style: None, keyword: Keyword::AS };
            made.push(TokenWithSpan { token: Token::Word(keyword), span });
            made.push(TokenWithSpan { token: Token::Word(word), span });
        }
    }
    made
}

fn is_word(token: &Token, text: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{SqlLimits, parse};

    const LIMITS: SqlLimits = SqlLimits { bytes: 256 << 10, tokens: 50_000, nesting: 100, chain: 500 };

    fn sql(text: &str) -> String {
        parse(text, &LIMITS).map_or_else(|e| format!("{e}"), |statement| statement.to_string())
    }

    #[test]
    fn clauses_become_names() {
        for (written, made) in [
            ("SELECT * FROM t FOR SYSTEM_VERSION AS OF 123", "SELECT * FROM \"t@123\" AS t"),
            ("SELECT * FROM t for version as of 'main' x", "SELECT * FROM \"t@main\" x"),
            ("SELECT * FROM T FOR VERSION AS OF 1 AS x", "SELECT * FROM \"t@1\" AS x"),
            ("SELECT * FROM c.s.\"T x\" FOR VERSION AS OF 1", "SELECT * FROM c.s.\"T x@1\" AS \"T x\""),
            (
                "SELECT * FROM a FOR SYSTEM_TIME AS OF TIMESTAMP '2024-05-01 10:00:00' WHERE id > 1",
                "SELECT * FROM \"a@2024-05-01 10:00:00\" AS a WHERE id > 1",
            ),
            (
                "SELECT * FROM a, b /* x */ FOR TIMESTAMP AS /**/ OF '2024-05-01'",
                "SELECT * FROM a, \"b@2024-05-01\" AS b",
            ),
            (
                "SELECT * FROM a JOIN b FOR VERSION AS OF 2 ON a.i = b.i",
                "SELECT * FROM a JOIN \"b@2\" AS b ON a.i = b.i",
            ),
            ("SELECT * FROM t$files FOR VERSION AS OF 2 f", "SELECT * FROM \"t@2$files\" f"),
            ("SHOW COLUMNS FROM t FOR VERSION AS OF 1", "SHOW COLUMNS FROM \"t@1\""),
            ("SHOW FULL COLUMNS IN t FOR VERSION AS OF 1", "SHOW FULL COLUMNS IN \"t@1\""),
            ("SELECT * FROM t@main, t$files", "SELECT * FROM t@main, t$files"),
            ("SELECT substring('abc' FROM 1 FOR 2)", "SELECT SUBSTRING('abc' FROM 1 FOR 2)"),
        ] {
            assert_eq!(sql(written), made);
        }
    }

    #[test]
    fn a_text_stays_one_name() {
        assert_eq!(
            sql("SELECT * FROM t FOR VERSION AS OF 'x\" AS t; DROP TABLE t --' y"),
            "SELECT * FROM \"t@x\"\" AS t; DROP TABLE t --\" y"
        );
    }

    #[test]
    fn what_names_no_version_of_a_table_is_refused_where_it_stands() {
        for text in [
            "SELECT * FROM t x FOR VERSION AS OF 1",
            "SELECT * FROM t AS x FOR VERSION AS OF 1",
            "SELECT * FROM (SELECT 1) FOR VERSION AS OF 1",
            "SELECT * FROM t FOR VERSION AS OF",
            "SELECT * FROM t FOR VERSION AS OF ?",
            "SELECT * FROM t FOR VERSION AS OF -1",
            "SELECT * FROM t FOR VERSION AS OF 1.5",
            "SELECT * FROM t FOR VERSION AS OF ''",
            "SELECT * FROM t FOR VERSION AS OF 'a$files'",
            "SELECT * FROM t FOR SYSTEM_TIME AS OF 'main'",
            "SELECT * FROM t FOR SYSTEM_TIME AS OF 123",
            "SELECT * FROM \"t@a\" FOR VERSION AS OF 1",
        ] {
            let error = parse(text, &LIMITS).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidSql, "{text}");
            assert!(error.position.is_some() && error.hint.is_some(), "{text}: {error}");
        }
    }

    #[test]
    fn limits_still_hold() {
        let many = format!("SELECT 1 FROM t{}", ", t FOR VERSION AS OF 1".repeat(200));
        assert_eq!(parse(&many, &LIMITS).unwrap_err().code, ErrorCode::SqlTooComplex);
        let moments = ["2024-05-01T10:00:00Z", "2024-05-01 10:00", "2024-05-01T10:00:00.123456+02:00"];
        assert!(moments.into_iter().all(is_moment));
        assert!(!["2024", "2024-13-01", "now", "2024-05-01 10", "10:00"].into_iter().any(is_moment));
    }
}
