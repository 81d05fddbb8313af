//! URLs of objects, in one form, so that prefixes can be compared as text.

use std::path::{Component, PathBuf};

use object_store::path::Path;
use percent_encoding::percent_decode_str;

use crate::error::{EngineError, ErrorCode, Result};
use crate::names::nearest;

/// Schemes as written, and as they are known.
const SCHEMES: [(&str, &str); 11] = [
    ("file", "file"),
    ("s3", "s3"),
    ("s3a", "s3"),
    ("s3n", "s3"),
    ("gs", "gs"),
    ("gcs", "gs"),
    ("az", "az"),
    ("abfss", "abfss"),
    ("abfs", "abfss"),
    ("http", "http"),
    ("https", "https"),
];
/// Longest URL of an object: keys have at most 1,024 bytes, local paths 4,096.
const MAX_URL: usize = 8 << 10;

/// `url` in the form that prefixes are matched in: one name a scheme, no `..`, local paths decoded.
pub(crate) fn object_url(url: &str) -> Result<String> {
    let wrong = |reason: &str| {
        let shown: String = url.chars().take(200).collect();
        EngineError::new(ErrorCode::InvalidArgument, format!("location \"{shown}\": {reason}"))
    };
    if url.len() > MAX_URL {
        return Err(wrong(&format!("{} bytes (limit url-bytes of {MAX_URL})", url.len())));
    }
    let (written, rest) =
        url.split_once(':').ok_or_else(|| wrong("no scheme (expected: a URL such as s3://bucket/key)"))?;
    let lower = written.to_ascii_lowercase();
    let Some((_, scheme)) = SCHEMES.iter().find(|(known, _)| *known == lower) else {
        let known: Vec<String> = SCHEMES.iter().map(|(known, _)| known.to_string()).collect();
        let hint = nearest(&lower, &known).unwrap_or_else(|| format!("known schemes: {}", known.join(", ")));
        return Err(wrong(&format!("unknown scheme \"{written}\"")).with_hint(hint));
    };
    if *scheme == "file" {
        let decoded = percent_decode_str(rest).decode_utf8().map_err(|_| wrong("the decoded path is not UTF-8"))?;
        let path = decoded.strip_prefix("//").unwrap_or(&decoded);
        if !path.starts_with('/') {
            return Err(wrong("the path is not absolute (expected: file:///path)"));
        }
        refuse_dots(path).map_err(|reason| wrong(&reason))?;
        return Ok(format!("file://{path}"));
    }
    let rest = rest.strip_prefix("//").ok_or_else(|| wrong("\"//\" is missing behind the scheme"))?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.is_empty() || authority.starts_with('@') {
        return Err(wrong("it names no bucket, container or host"));
    }
    if authority.contains('@') && *scheme != "abfss" {
        return Err(wrong("no user names in URLs; credentials are options of the store"));
    }
    if scheme.starts_with("http") && path.contains(['?', '#']) {
        return Err(wrong("no query or fragment; what grants access is an option of the store, bearer-token"));
    }
    refuse_dots(path).map_err(|reason| wrong(&reason))?;
    Ok(format!("{scheme}://{authority}/{path}"))
}

fn refuse_dots(path: &str) -> std::result::Result<(), String> {
    match path.split('/').find(|part| matches!(*part, "." | "..")) {
        Some(part) => Err(format!("\"{part}\" is not allowed in the path")),
        None if path.contains(char::is_control) => Err("control characters are not allowed in the path".to_string()),
        None => Ok(()),
    }
}

/// What a user wrote as a location: also a local path, relative ones from the working folder.
pub(crate) fn location_url(location: &str) -> Result<String> {
    if location.trim().is_empty() {
        return Err(EngineError::new(ErrorCode::InvalidArgument, "location: \"\" (expected: a path or a URL)"));
    }
    let path = match location.split_once("://") {
        Some(("file", path)) => percent_decode_str(path).decode_utf8_lossy().into_owned(),
        Some(_) => return object_url(location),
        None => location.to_string(),
    };
    let absolute = std::path::absolute(&path)
        .map_err(|e| EngineError::new(ErrorCode::InvalidArgument, format!("location \"{location}\": {e}")))?;
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    let slash = if path.ends_with('/') { "/" } else { "" };
    Ok(format!("file://{}{slash}", plain.display()))
}

/// The path inside its store of a URL in normal form: without scheme and, except for local files, without the bucket.
/// Paths of HTTP are decoded.
pub(crate) fn key(url: &str) -> std::borrow::Cow<'_, str> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("file", url));
    match scheme {
        "file" => rest.into(),
        _ => {
            let path = rest.split_once('/').map_or("", |(_, path)| path);
            if scheme.starts_with("http") { percent_decode_str(path).decode_utf8_lossy() } else { path.into() }
        }
    }
}

/// The key as object_store takes it.
pub(crate) fn store_path(url: &str) -> Result<Path> {
    Path::parse(key(url)).map_err(|e| {
        let message = format!("location {url}: {e}");
        EngineError::new(ErrorCode::InvalidArgument, message).with_hint("keys with empty parts (//) cannot be read")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_one_form() {
        let form = |url: &str| object_url(url).unwrap();
        assert_eq!(form("s3a://b/k%20x"), "s3://b/k%20x");
        assert_eq!(form("S3://b"), "s3://b/");
        assert_eq!(form("file:/tmp/a%20b"), "file:///tmp/a b");
        assert_eq!(form("file:///tmp/x/"), "file:///tmp/x/");
        assert_eq!(form("abfs://c@a.dfs.core.windows.net/k"), "abfss://c@a.dfs.core.windows.net/k");
        assert_eq!(key("s3://b/a/b").as_ref(), "a/b");
        assert_eq!(key("https://h/a%20b").as_ref(), "a b");
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for url in [
            "s3:///key",
            "s3://",
            "s3:bucket/key",
            "ftp://h/x",
            "/plain/path",
            "s3://b/../c",
            "s3://b/a/./c",
            "file://relative/x",
            "file:///a/%2e%2e/b",
            "https://user:secret@host/x",
            "https://host/x?token=y",
            "s3://b/a\nb",
        ] {
            assert_eq!(object_url(url).unwrap_err().code, ErrorCode::InvalidArgument, "{url}");
        }
        assert!(object_url("s4://b/k").unwrap_err().hint.unwrap().contains("s3"));
    }
}
