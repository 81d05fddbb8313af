//! What is said of a store: flat names with text values, as in the configuration file.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use object_store::{BackoffConfig, Certificate, ClientOptions, HeaderMap, HeaderValue, RetryConfig};
use serde::Deserialize;

use crate::error::{EngineError, ErrorCode, Result};
use crate::names::nearest;
use crate::stores::connector::Connector;

/// Of every store that is reached over the network.
const REMOTE: [&str; 8] =
    ["allow-http", "ca-file", "connect-timeout", "list-cache", "retries", "retry-backoff", "retry-budget", "timeout"];
const S3: [&str; 11] = [
    "access-key-id",
    "anonymous",
    "endpoint",
    "environment",
    "instance-metadata",
    "path-style",
    "profile",
    "profile-file",
    "region",
    "secret-access-key",
    "session-token",
];
const GS: [&str; 5] = ["anonymous", "endpoint", "service-account-file", "service-account-key", "token"];
const AZURE: [&str; 8] =
    ["account", "account-key", "anonymous", "client-id", "client-secret", "endpoint", "sas-token", "tenant-id"];
/// Longest wait between two attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(5);
/// Largest time that an option may say, in milliseconds.
const MAX_MILLIS: u64 = 24 * 60 * 60 * 1000;
const MAX_RETRIES: u64 = 100;
/// Largest file of certificates, credentials or keys.
pub(crate) const MAX_SMALL_FILE: u64 = 1 << 20;

/// Values never stand in an error or in Debug: any may be a secret.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct StoreOptions(BTreeMap<String, String>);

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl FromIterator<(String, String)> for StoreOptions {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

pub(crate) fn invalid(message: String) -> EngineError {
    EngineError::new(ErrorCode::InvalidArgument, message)
}

/// The options of one store, for its scheme.
pub(crate) struct Options<'a> {
    pub(crate) prefix: &'a str,
    given: &'a BTreeMap<String, String>,
}

impl<'a> Options<'a> {
    /// Refuses options that a store of `scheme` does not have.
    pub(crate) fn new(prefix: &'a str, scheme: &str, given: &'a StoreOptions) -> Result<Self> {
        let own: &[&str] = match scheme {
            "s3" => &S3,
            "gs" => &GS,
            "az" | "abfss" => &AZURE,
            "http" | "https" => &["bearer-token"],
            _ => &[],
        };
        let common: &[&str] = if scheme == "file" { &["list-cache"] } else { &REMOTE };
        let known: Vec<String> = own.iter().chain(common).map(|name| name.to_string()).collect();
        for name in given.0.keys() {
            if !known.contains(name) {
                let shown: String = name.chars().take(100).collect();
                let hint = nearest(name, &known).unwrap_or_else(|| format!("options are {}", known.join(", ")));
                let message = format!("store {prefix}: unknown option \"{shown}\" of {scheme}");
                return Err(invalid(message).with_hint(hint));
            }
        }
        Ok(Self { prefix, given: &given.0 })
    }

    /// Empty is not given.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.given.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str, beside: &str) -> Result<&'a str> {
        self.text(name).ok_or_else(|| invalid(format!("store {}: {name} is missing beside {beside}", self.prefix)))
    }

    pub(crate) fn flag(&self, name: &str, otherwise: bool) -> Result<bool> {
        match self.text(name) {
            None => Ok(otherwise),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(self.wrong(name, other, "true or false")),
        }
    }

    fn number(&self, name: &str, otherwise: u64, min: u64, max: u64) -> Result<u64> {
        let Some(text) = self.text(name) else {
            return Ok(otherwise);
        };
        match u64::from_str(text) {
            Ok(value) if (min..=max).contains(&value) => Ok(value),
            _ => Err(self.wrong(name, text, &format!("{min} to {max}"))),
        }
    }

    fn millis(&self, name: &str, otherwise: u64, min: u64) -> Result<Duration> {
        self.number(name, otherwise, min, MAX_MILLIS).map(Duration::from_millis)
    }

    /// Only of options that hold no secret.
    fn wrong(&self, name: &str, value: &str, expected: &str) -> EngineError {
        let shown: String = value.chars().take(40).collect();
        invalid(format!("store {}: {name}: \"{shown}\" (expected: {expected})", self.prefix))
    }

    pub(crate) fn list_cache(&self) -> Result<Duration> {
        self.millis("list-cache", 0, 0)
    }

    pub(crate) fn retry(&self) -> Result<RetryConfig> {
        let init_backoff = self.millis("retry-backoff", 100, 1)?;
        Ok(RetryConfig {
            backoff: BackoffConfig { init_backoff, max_backoff: MAX_BACKOFF.max(init_backoff), base: 2.0 },
            max_retries: self.number("retries", 5, 0, MAX_RETRIES)? as usize,
            retry_timeout: self.millis("retry-budget", 30_000, 0)?,
        })
    }

    /// Longest time of one operation: the last attempt may start when the budget is nearly spent.
    pub(crate) fn patience(&self) -> Result<Duration> {
        Ok(self.millis("timeout", 30_000, 1)? + self.retry()?.retry_timeout + MAX_BACKOFF)
    }

    pub(crate) fn client(&self) -> Result<ClientOptions> {
        let mut client = ClientOptions::new()
            .with_user_agent(HeaderValue::from_static(concat!("bowyer/", env!("CARGO_PKG_VERSION"))))
            .with_timeout(self.millis("timeout", 30_000, 1)?)
            .with_connect_timeout(self.millis("connect-timeout", 5_000, 1)?)
            .with_allow_http(self.allows_http()?);
        if let Some(path) = self.text("ca-file") {
            let pem = self.file("ca-file", path)?;
            let certificates = Certificate::from_pem_bundle(&pem)
                .ok()
                .filter(|found| !found.is_empty())
                .ok_or_else(|| invalid(format!("store {}: ca-file: {path} holds no PEM certificate", self.prefix)))?;
            for certificate in certificates {
                client = client.with_root_certificate(certificate);
            }
        }
        Ok(client)
    }

    /// Of all requests, with these headers.
    pub(crate) fn connector(&self, headers: HeaderMap) -> Result<Connector> {
        Ok(Connector {
            timeout: self.millis("timeout", 30_000, 1)?,
            connect_timeout: self.millis("connect-timeout", 5_000, 1)?,
            certificates: self.text("ca-file").map(|path| self.file("ca-file", path)).transpose()?,
            headers,
        })
    }

    fn allows_http(&self) -> Result<bool> {
        // Whoever registers http:// has said so.
        self.flag("allow-http", self.prefix.starts_with("http://"))
    }

    /// A whole small file that an option names.
    pub(crate) fn file(&self, name: &str, path: &str) -> Result<Vec<u8>> {
        let wrong = |reason: String| invalid(format!("store {}: {name}: {path}: {reason}", self.prefix));
        let size = std::fs::metadata(path).map_err(|e| wrong(e.to_string()))?.len();
        if size > MAX_SMALL_FILE {
            return Err(wrong(format!("{size} bytes (expected: at most {MAX_SMALL_FILE})")));
        }
        std::fs::read(path).map_err(|e| wrong(e.to_string()))
    }

    /// An endpoint as the builders take it.
    pub(crate) fn endpoint(&self) -> Result<Option<&'a str>> {
        let Some(endpoint) = self.text("endpoint") else {
            return Ok(None);
        };
        self.check_endpoint(endpoint)?;
        Ok(Some(endpoint.trim_end_matches('/')))
    }

    pub(crate) fn check_endpoint(&self, endpoint: &str) -> Result<()> {
        let parsed = url::Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = parsed.filter(|url| url.host().is_some()) else {
            return Err(self.wrong("endpoint", endpoint, "a URL such as https://host:9000"));
        };
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(invalid(format!("store {}: endpoint: no user name and no query in it", self.prefix)));
        }
        if url.scheme() == "http" && !self.allows_http()? {
            return Err(self
                .wrong("endpoint", endpoint, "https://")
                .with_hint("allow-http: \"true\" lets data and requests go unencrypted"));
        }
        Ok(())
    }
}
