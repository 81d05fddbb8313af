//! One error type with a stable code, made from DataFusion's errors in one place.

use std::fmt;
use std::io::ErrorKind;

use datafusion::common::{DataFusionError, Diagnostic, SchemaError};
use serde::Serialize;

use crate::names::nearest;

/// Longer messages are cut: some of DataFusion's print a whole syntax tree.
const MAX_MESSAGE_CHARACTERS: usize = 2_000;

pub type Result<T> = std::result::Result<T, EngineError>;

/// The names are those of `dev.bowyer.error.ErrorCode`; its Javadoc says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    InvalidSql,
    UnknownColumn,
    UnknownFunction,
    SqlTooComplex,
    InvalidValue,
    InvalidArgument,
    PermissionDenied,
    StatementNotAllowed,
    DatasetNotFound,
    SourceNotFound,
    SourceChanged,
    SourceInvalid,
    SchemaConflict,
    UnknownFormat,
    MemoryLimit,
    SpillLimit,
    LimitReached,
    Timeout,
    Cancelled,
    Unavailable,
    Unsupported,
    Internal,
}

/// A place in the SQL text; lines and columns count from 1, columns in characters, the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    pub line: u64,
    pub column: u64,
    pub end_line: u64,
    pub end_column: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct EngineError {
    pub code: ErrorCode,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

impl EngineError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message: String = message.into();
        if let Some(end) = message.char_indices().nth(MAX_MESSAGE_CHARACTERS).map(|(at, _)| at) {
            message.truncate(end);
            message.push_str("...");
        }
        Self { code, message, hint: None, position: None }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn at(mut self, position: Option<Position>) -> Self {
        self.position = position;
        self
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Internal, message)
    }

    /// As a DataFusion error that [`EngineError::from`] turns back into the same value.
    pub(crate) fn into_datafusion(self) -> DataFusionError {
        DataFusionError::External(Box::new(self))
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for EngineError {}

impl From<DataFusionError> for EngineError {
    fn from(error: DataFusionError) -> Self {
        let diagnostic = error.diagnostic().cloned();
        let mut made = classify(&error);
        if made.position.is_none() {
            made.position = diagnostic.as_ref().and_then(position_of);
        }
        if made.hint.is_none() {
            made.hint = diagnostic.and_then(|d| d.helps.into_iter().next()).map(|help| help.message);
        }
        made
    }
}

/// The first [`EngineError`] in a chain of causes, for errors that travelled through other crates.
pub(crate) fn embedded<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a EngineError> {
    let mut current = Some(error);
    while let Some(e) = current {
        if let Some(found) = e.downcast_ref::<EngineError>() {
            return Some(found);
        }
        if let Some(DataFusionError::Shared(inner)) = e.downcast_ref::<DataFusionError>() {
            current = Some(inner.as_ref());
            continue;
        }
        if let Some(object_store::Error::Generic { source, .. }) = e.downcast_ref::<object_store::Error>() {
            current = Some(source.as_ref());
            continue;
        }
        current = e.source();
    }
    None
}

fn classify(error: &DataFusionError) -> EngineError {
    if let Some(ours) = embedded(error) {
        return ours.clone();
    }
    let root = error.find_root();
    match root {
        DataFusionError::Collection(errors) if !errors.is_empty() => classify(&errors[0]),
        DataFusionError::Shared(inner) => classify(inner),
        DataFusionError::SQL(parser, _) => sql_error(&parser.to_string()),
        DataFusionError::SchemaError(schema, _) => schema_error(schema),
        DataFusionError::Plan(message) => plan_error(message),
        DataFusionError::NotImplemented(message) => EngineError::new(ErrorCode::Unsupported, message),
        DataFusionError::Configuration(message) => EngineError::new(ErrorCode::InvalidSql, message),
        DataFusionError::ResourcesExhausted(message) => exhausted(message),
        // What functions and casts report at run time is about the values they got.
        DataFusionError::Execution(message) => EngineError::new(ErrorCode::InvalidValue, message),
        DataFusionError::ArrowError(arrow, _) => arrow_error(arrow),
        DataFusionError::ParquetError(parquet) => {
            EngineError::new(ErrorCode::SourceInvalid, format!("Parquet file: {parquet}"))
        }
        DataFusionError::ObjectStore(store) => store_error(store),
        DataFusionError::IoError(io) => io_error(io),
        DataFusionError::External(other) => external(other.as_ref()),
        DataFusionError::ExecutionJoin(join) => EngineError::internal(format!("an engine task failed: {join}")),
        other => {
            let text = other.strip_backtrace();
            // The advice that follows is for DataFusion's developers.
            EngineError::internal(text.split("\nThis issue was likely caused by").next().unwrap_or(&text))
        }
    }
}

fn external(error: &(dyn std::error::Error + Send + Sync + 'static)) -> EngineError {
    if let Some(arrow) = error.downcast_ref::<datafusion::arrow::error::ArrowError>() {
        return arrow_error(arrow);
    }
    if let Some(store) = error.downcast_ref::<object_store::Error>() {
        return store_error(store);
    }
    if let Some(parquet) = error.downcast_ref::<datafusion::parquet::errors::ParquetError>() {
        return EngineError::new(ErrorCode::SourceInvalid, format!("Parquet file: {parquet}"));
    }
    EngineError::internal(error.to_string())
}

fn sql_error(text: &str) -> EngineError {
    let message = text.trim_start_matches("sql parser error: ");
    let (sentence, position) = match message.rfind(" at Line: ") {
        Some(at) => (&message[..at], parse_position(&message[at..])),
        None => (message, None),
    };
    EngineError::new(ErrorCode::InvalidSql, sentence).at(position)
}

/// ` at Line: 1, Column: 9` as sqlparser writes it.
fn parse_position(text: &str) -> Option<Position> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let line = numbers.next()?.parse().ok()?;
    let column = numbers.next()?.parse().ok()?;
    Some(Position { line, column, end_line: line, end_column: column + 1 })
}

fn position_of(diagnostic: &Diagnostic) -> Option<Position> {
    let span = diagnostic.span?;
    (span.start.line > 0).then_some(Position {
        line: span.start.line,
        column: span.start.column,
        end_line: span.end.line,
        end_column: span.end.column,
    })
}

fn schema_error(error: &SchemaError) -> EngineError {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let known: Vec<String> = valid_fields.iter().map(|column| column.name.clone()).collect();
            let scope = match &field.relation {
                Some(table) => format!(" in {}", table.table()),
                None => String::new(),
            };
            let message = format!("column \"{}\" not found{scope}", field.name);
            let made = EngineError::new(ErrorCode::UnknownColumn, message);
            match nearest(&field.name, &known) {
                Some(hint) => made.with_hint(hint),
                None if known.is_empty() => made,
                None => made.with_hint(format!("columns are {}", listed(&known))),
            }
        }
        other => EngineError::new(ErrorCode::InvalidSql, other.to_string()),
    }
}

/// The first names of a long list, for a hint.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn plan_error(message: &str) -> EngineError {
    let message = message.trim_start_matches("Error during planning: ");
    if let Some(rest) = message.strip_prefix("Invalid function ") {
        let name = rest.trim_start_matches('\'').split('\'').next().unwrap_or(rest);
        let made = EngineError::new(ErrorCode::UnknownFunction, format!("function \"{name}\" not found"));
        return match rest.split("Did you mean '").nth(1).and_then(|tail| tail.split('\'').next()) {
            Some(near) => made.with_hint(format!("did you mean \"{near}\"?")),
            None => made,
        };
    }
    if message.starts_with("table function ") && message.contains("not found") {
        return EngineError::new(ErrorCode::StatementNotAllowed, message)
            .with_hint("only registered datasets can be read; files are registered when the server starts");
    }
    if let Some(name) = message.strip_prefix("table '").and_then(|rest| rest.strip_suffix("' not found")) {
        return EngineError::new(ErrorCode::DatasetNotFound, format!("no dataset named \"{name}\""));
    }
    let first_line = message.lines().next().unwrap_or(message);
    EngineError::new(ErrorCode::InvalidSql, first_line)
}

fn exhausted(message: &str) -> EngineError {
    spill_limit(message).unwrap_or_else(|| EngineError::new(ErrorCode::MemoryLimit, message))
}

/// Of DataFusion, which tells the limit of its disk manager as an I/O error or as exhausted resources.
fn spill_limit(message: &str) -> Option<EngineError> {
    let (_, rest) =
        message.split_once("disk space during the spilling process has exceeded the allowable limit of ")?;
    let limit = rest.split_once(". ").map_or(rest, |(limit, _)| limit);
    let message = format!("the spilled data of all queries together may take {limit}, and that is used up");
    Some(EngineError::new(ErrorCode::SpillLimit, message).with_hint(MORE_SPILL))
}

const MORE_SPILL: &str = "ask for less at once, wait for other queries to end, or raise limits.spill";

/// Sources have errors of their own kinds; what comes as plain I/O is of local files, or of the spill folder.
fn io_error(error: &std::io::Error) -> EngineError {
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<DataFusionError>()) {
        return classify(inner);
    }
    let message = error.to_string();
    if let Some(limit) = spill_limit(&message) {
        return limit;
    }
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            EngineError::new(ErrorCode::SpillLimit, "the disk that spilled data is written to is full")
                .with_hint("ask for less at once, or let limits.spill-folder name a larger disk")
        }
        _ => EngineError::new(ErrorCode::SourceInvalid, message),
    }
}

fn arrow_error(error: &datafusion::arrow::error::ArrowError) -> EngineError {
    use datafusion::arrow::error::ArrowError as A;
    match error {
        A::ExternalError(inner) => match embedded(inner.as_ref()) {
            Some(ours) => ours.clone(),
            None => match inner.downcast_ref::<DataFusionError>() {
                Some(datafusion) => classify(datafusion),
                None => external(inner.as_ref()),
            },
        },
        A::CsvError(message) => EngineError::new(ErrorCode::SourceInvalid, format!("CSV file: {message}")),
        A::JsonError(message) => EngineError::new(ErrorCode::SourceInvalid, format!("JSON file: {message}")),
        A::ParquetError(message) => EngineError::new(ErrorCode::SourceInvalid, format!("Parquet file: {message}")),
        A::IpcError(message) => EngineError::new(ErrorCode::SourceInvalid, format!("Arrow file: {message}")),
        A::IoError(_, io) => io_error(io),
        A::DivideByZero => EngineError::new(ErrorCode::InvalidValue, "division by zero"),
        A::NotYetImplemented(message) => EngineError::new(ErrorCode::Unsupported, message),
        A::CastError(message) | A::ParseError(message) | A::ComputeError(message) => {
            EngineError::new(ErrorCode::InvalidValue, message)
        }
        A::ArithmeticOverflow(message) => EngineError::new(ErrorCode::InvalidValue, message),
        A::MemoryError(message) => EngineError::new(ErrorCode::MemoryLimit, message),
        A::InvalidArgumentError(message) => EngineError::new(ErrorCode::InvalidValue, message),
        other => EngineError::internal(other.to_string()),
    }
}

pub(crate) fn store_error(error: &object_store::Error) -> EngineError {
    use object_store::Error as S;
    if let Some(ours) = embedded(error) {
        return ours.clone();
    }
    match error {
        S::NotFound { path, .. } => {
            EngineError::new(ErrorCode::SourceChanged, format!("file {path} is gone")).with_hint("run the query again")
        }
        S::Precondition { path, .. } | S::NotModified { path, .. } => changed(path),
        S::PermissionDenied { path, .. } | S::Unauthenticated { path, .. } => {
            EngineError::new(ErrorCode::PermissionDenied, format!("file {path}: permission denied"))
        }
        other => EngineError::new(ErrorCode::SourceInvalid, other.to_string()),
    }
}

pub(crate) fn changed(path: &str) -> EngineError {
    EngineError::new(ErrorCode::SourceChanged, format!("file {path} was replaced while it was read"))
        .with_hint("run the query again")
}
