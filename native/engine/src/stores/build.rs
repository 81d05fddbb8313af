//! A store out of its prefix and its options.

use std::sync::Arc;

use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder};
use object_store::http::HttpBuilder;
use object_store::{HeaderMap, HeaderValue, ObjectStore, StaticCredentialProvider};

use crate::error::{EngineError, Result};
use crate::stores::options::{Options, StoreOptions, invalid};
use crate::stores::s3;
use crate::stores::source::{Kind, Source};
use crate::stores::url::object_url;

/// Asks nobody anything: whether the credentials are right is found out by the first request.
pub(crate) fn build(prefix: &str, given: &StoreOptions) -> Result<Source> {
    let prefix = object_url(prefix)?;
    let (scheme, rest) = prefix.split_once("://").unwrap_or(("file", &prefix));
    let authority = rest.split('/').next().unwrap_or("");
    let options = Options::new(&prefix, scheme, given)?;
    let (kind, store) = match scheme {
        "file" => return Ok(Source::local(prefix.clone(), options.list_cache()?)),
        "s3" => (Kind::Bucket, s3::build(&options, authority)?),
        "gs" => (Kind::Bucket, google(&options, authority)?),
        "az" | "abfss" => (Kind::Bucket, azure(&options, authority)?),
        _ => (Kind::Http, http(&options, scheme, authority)?),
    };
    Ok(Source::new(prefix.clone(), kind, store, options.patience()?, options.list_cache()?))
}

/// Without what the builder says: it may show a value.
fn no_store(options: &Options, about: &str) -> EngineError {
    invalid(format!("store {}: the options do not make a store", options.prefix)).with_hint(format!("check {about}"))
}

fn google(options: &Options, bucket: &str) -> Result<Arc<dyn ObjectStore>> {
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name(bucket)
        .with_retry(options.retry()?)
        .with_client_options(options.client()?)
        .with_http_connector(options.connector(HeaderMap::new())?);
    if let Some(endpoint) = options.endpoint()? {
        builder = builder.with_base_url(endpoint);
    }
    let from_environment = std::env::var("GOOGLE_APPLICATION_CREDENTIALS").ok().filter(|path| !path.is_empty());
    if options.flag("anonymous", false)? {
        let nobody = StaticCredentialProvider::new(GcpCredential { bearer: String::new() });
        builder = builder.with_skip_signature(true).with_credentials(Arc::new(nobody));
    } else if let Some(token) = options.text("token") {
        let bearer = StaticCredentialProvider::new(GcpCredential { bearer: token.to_string() });
        builder = builder.with_credentials(Arc::new(bearer));
    } else if let Some(key) = options.text("service-account-key") {
        builder = builder.with_service_account_key(key);
    } else if let Some(path) = options.text("service-account-file") {
        options.file("service-account-file", path)?;
        builder = builder.with_service_account_path(path);
    } else if let Some(path) = from_environment {
        builder = builder.with_application_credentials(path);
    } else {
        return Err(invalid(format!("store {}: no credentials", options.prefix)).with_hint(
            "give service-account-file, service-account-key, token, GOOGLE_APPLICATION_CREDENTIALS or anonymous: \"true\"",
        ));
    }
    let store = builder.build().map_err(|_| no_store(options, "the service account's JSON"))?;
    Ok(Arc::new(store))
}

/// `authority`: `container`, or `container@account.dfs.core.windows.net`.
fn azure(options: &Options, authority: &str) -> Result<Arc<dyn ObjectStore>> {
    let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (container, host) = match authority.split_once('@') {
        Some((container, host)) => (container, Some(host)),
        None => (authority, None),
    };
    let from_host = host.and_then(|host| host.split('.').next()).map(str::to_string);
    let account = options
        .text("account")
        .map(str::to_string)
        .or(from_host)
        .or_else(|| environment("AZURE_STORAGE_ACCOUNT_NAME"))
        .ok_or_else(|| invalid(format!("store {}: account is missing", options.prefix)))?;
    let mut builder = MicrosoftAzureBuilder::new()
        .with_account(account)
        .with_container_name(container)
        .with_retry(options.retry()?)
        .with_client_options(options.client()?)
        .with_http_connector(options.connector(HeaderMap::new())?);
    if let Some(endpoint) = options.endpoint()? {
        builder = builder.with_endpoint(endpoint.to_string());
    }
    let from_environment = environment("AZURE_STORAGE_ACCOUNT_KEY");
    if options.flag("anonymous", false)? {
        builder = builder.with_skip_signature(true);
    } else if let Some(key) = options.text("account-key") {
        builder = builder.with_access_key(key);
    } else if let Some(token) = options.text("sas-token") {
        builder = builder.with_config(object_store::azure::AzureConfigKey::SasKey, token);
    } else if let Some(client) = options.text("client-id") {
        let secret = options.required("client-secret", "client-id")?;
        let tenant = options.required("tenant-id", "client-id")?;
        builder = builder.with_client_secret_authorization(client, secret, tenant);
    } else if let Some(key) = from_environment {
        builder = builder.with_access_key(key);
    } else {
        return Err(invalid(format!("store {}: no credentials", options.prefix)).with_hint(
            "give account-key, sas-token, client-id with client-secret and tenant-id, AZURE_STORAGE_ACCOUNT_KEY, or \
             anonymous: \"true\"",
        ));
    }
    let store = builder.build().map_err(|_| no_store(options, "the account and its key or token"))?;
    Ok(Arc::new(store))
}

fn http(options: &Options, scheme: &str, authority: &str) -> Result<Arc<dyn ObjectStore>> {
    let mut headers = HeaderMap::new();
    if let Some(token) = options.text("bearer-token") {
        if scheme == "http" && options.text("allow-http") != Some("true") {
            let message = format!("store {}: bearer-token would go unencrypted", options.prefix);
            return Err(invalid(message).with_hint("use https://, or say allow-http: \"true\""));
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| invalid(format!("store {}: bearer-token: not printable ASCII", options.prefix)))?;
        value.set_sensitive(true);
        headers.insert("authorization", value);
    }
    let store = HttpBuilder::new()
        .with_url(format!("{scheme}://{authority}/"))
        .with_retry(options.retry()?)
        .with_client_options(options.client()?)
        .with_http_connector(options.connector(headers)?)
        .build()
        .map_err(|_| no_store(options, "the host"))?;
    Ok(Arc::new(store))
}
