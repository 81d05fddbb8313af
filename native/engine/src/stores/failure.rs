//! What object_store reports, in words that carry no address with a signature, no key and no answer's body.

use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};

use crate::error::{EngineError, ErrorCode, embedded};
use crate::stores::source::Source;

/// Longest error code of a store that is shown.
const MAX_CODE: usize = 48;

/// How the message ends when a range starts behind the end of a file.
pub(crate) const BEYOND_END: &str = "is shorter than it should be";

/// The failure of an operation on `what`, a file as messages call it.
pub(crate) fn failure(source: &Source, what: &str, error: &Error) -> EngineError {
    if let Some(ours) = embedded(error) {
        return ours.clone();
    }
    if source.is_local() {
        return local(what, error);
    }
    let prefix = &source.prefix;
    match error {
        Error::NotFound { .. } => EngineError::new(ErrorCode::SourceNotFound, format!("{what} does not exist")),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => denied(prefix, what, &code_of(error)),
        Error::Precondition { .. } | Error::NotModified { .. } => crate::error::changed(what),
        Error::NotImplemented { .. } | Error::NotSupported { .. } => {
            EngineError::new(ErrorCode::Unsupported, format!("{what}: the store of {prefix} cannot do that"))
        }
        Error::InvalidPath { source } => {
            EngineError::new(ErrorCode::SourceInvalid, format!("{what}: a name that cannot be read: {source}"))
        }
        other => answered(prefix, what, other),
    }
}

fn denied(prefix: &str, what: &str, code: &str) -> EngineError {
    EngineError::new(ErrorCode::PermissionDenied, format!("{what}: the store of {prefix} denied access{code}"))
        .with_hint(format!("check the credentials of {prefix}, and that they have not expired"))
}

/// By the HTTP status, if there was one.
fn answered(prefix: &str, what: &str, error: &Error) -> EngineError {
    let code = code_of(error);
    let text = error.to_string();
    let unavailable = |reason: String| {
        EngineError::new(ErrorCode::Unavailable, format!("{what}: the store of {prefix} {reason}"))
            .with_hint("try again later; retries and their time are options of the store")
    };
    match status_of(&text) {
        Some(401 | 403) => denied(prefix, what, &code),
        Some(404) => EngineError::new(ErrorCode::SourceNotFound, format!("{what} does not exist{code}")),
        Some(412) => crate::error::changed(what),
        Some(400) if code.contains("Token") || code.contains("AuthorizationHeader") => denied(prefix, what, &code),
        Some(416) => EngineError::new(ErrorCode::SourceInvalid, format!("{what} {BEYOND_END}")),
        Some(status @ (408 | 429 | 500..)) => unavailable(format!("answered {status}{code}")),
        Some(status @ 300..400) => {
            let message = format!("{what}: the store of {prefix} answered {status}, a redirect, which is not followed");
            EngineError::new(ErrorCode::SourceInvalid, message)
                .with_hint("register the place that it leads to; of a bucket, check endpoint and region")
        }
        Some(status) => {
            EngineError::new(ErrorCode::SourceInvalid, format!("{what}: the store of {prefix} answered {status}{code}"))
                .with_hint("check endpoint, region and path-style of the store")
        }
        None if text.contains("redirect without LOCATION") => {
            let message = format!("{what}: the store of {prefix} is in another region");
            EngineError::new(ErrorCode::InvalidArgument, message).with_hint("say the bucket's region")
        }
        None if text.contains("non-partial response") => {
            let message = format!("{what}: the server of {prefix} does not give parts of files");
            EngineError::new(ErrorCode::Unsupported, message).with_hint("it must answer Range requests")
        }
        None => unavailable(transport(error)),
    }
}

/// Why there was no answer, or none that can be used.
fn transport(error: &Error) -> String {
    let mut kind = None;
    let mut current: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut deepest = String::new();
    while let Some(cause) = current {
        kind = kind.or_else(|| cause.downcast_ref::<HttpError>().map(HttpError::kind));
        current = cause.source();
        if current.is_none() {
            deepest = cause.to_string();
        }
    }
    match kind {
        Some(HttpErrorKind::Timeout) => "did not answer in time".to_string(),
        // The deepest cause is the system's or that of TLS: "Connection refused", "UnknownIssuer".
        Some(HttpErrorKind::Connect) => format!("cannot be reached: {deepest}"),
        Some(_) => format!("broke off: {deepest}"),
        None => "gave an answer that is not understood".to_string(),
    }
}

/// The status in the text of a failed request, whose type object_store keeps to itself.
fn status_of(text: &str) -> Option<u16> {
    let after = ["non-2xx status code: ", "error response: "].iter().find_map(|mark| text.split_once(mark))?.1;
    after.get(..3)?.parse().ok()
}

/// ` (SlowDown)`, from the answer's XML, of which nothing else is safe to show.
fn code_of(error: &Error) -> String {
    let text = error.to_string();
    let code = text.split_once("<Code>").map_or("", |(_, rest)| rest.split('<').next().unwrap_or(""));
    let plain = (1..=MAX_CODE).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric());
    if plain { format!(" ({code})") } else { String::new() }
}

fn local(what: &str, error: &Error) -> EngineError {
    match error {
        Error::NotFound { .. } => EngineError::new(ErrorCode::SourceNotFound, format!("{what} does not exist")),
        Error::Precondition { .. } | Error::NotModified { .. } => crate::error::changed(what),
        _ => EngineError::new(ErrorCode::SourceInvalid, format!("{what} cannot be read: {}", reason(error))),
    }
}

/// Without the store's own message, which carries the real path.
fn reason(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    match error {
        Error::NotFound { .. } => "it is gone".to_string(),
        Error::PermissionDenied { .. } => "permission denied".to_string(),
        _ => cause.to_string(),
    }
}
