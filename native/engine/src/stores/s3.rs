//! Where the credentials of an S3 bucket come from. In this order, the first that is there: `anonymous`, keys among the
//! options, a profile that the options name, the environment, the environment's profile, the instance's metadata service.
//! The last only when asked for: where there is none, asking it takes long, and where there is one it grants more than meant.

use std::path::PathBuf;
use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{HeaderMap, ObjectStore};

use crate::error::Result;
use crate::stores::options::{Options, invalid};
use crate::stores::profile::{self, Profile};

const DEFAULT_REGION: &str = "us-east-1";

pub(crate) fn build(options: &Options, bucket: &str) -> Result<Arc<dyn ObjectStore>> {
    let reads = options.flag("environment", true)?;
    let environment =
        |name: &str| if reads { std::env::var(name).ok().filter(|value| !value.is_empty()) } else { None };
    let profile = profile_of(options, &environment)?;
    let from_profile = |key: &str| profile.as_ref().and_then(|profile| profile.get(key)).map(str::to_string);
    let region = options
        .text("region")
        .map(str::to_string)
        .or_else(|| options.text("profile").and_then(|_| from_profile("region")))
        .or_else(|| environment("AWS_REGION"))
        .or_else(|| environment("AWS_DEFAULT_REGION"))
        .or_else(|| from_profile("region"))
        .unwrap_or_else(|| DEFAULT_REGION.to_string());
    let mut endpoint = options.endpoint()?.map(str::to_string);
    if endpoint.is_none() {
        endpoint = environment("AWS_ENDPOINT_URL_S3").or_else(|| environment("AWS_ENDPOINT_URL"));
        if let Some(endpoint) = &endpoint {
            options.check_endpoint(endpoint)?;
        }
    }
    let path_style = options.flag("path-style", endpoint.is_some())?;
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region)
        .with_virtual_hosted_style_request(!path_style)
        .with_retry(options.retry()?)
        .with_client_options(options.client()?)
        .with_http_connector(options.connector(HeaderMap::new())?);
    if let Some(endpoint) = endpoint {
        // With names of hosts, object_store wants the bucket in the endpoint.
        builder = builder.with_endpoint(if path_style { endpoint } else { with_bucket(&endpoint, bucket) });
    }
    let builder = credentials(options, builder, profile.as_ref(), &environment)?;
    let store = builder.build().map_err(|_| {
        invalid(format!("store {}: the options do not make a store", options.prefix))
            .with_hint("check the bucket's name, endpoint and region")
    })?;
    Ok(Arc::new(store))
}

fn with_bucket(endpoint: &str, bucket: &str) -> String {
    match endpoint.split_once("://") {
        Some((scheme, host)) => format!("{scheme}://{bucket}.{host}"),
        None => endpoint.to_string(),
    }
}

/// The named profile, which must be there, or the default one, which need not.
fn profile_of(options: &Options, environment: &dyn Fn(&str) -> Option<String>) -> Result<Option<Profile>> {
    let named = options.text("profile").map(str::to_string);
    let file = options.text("profile-file").map(PathBuf::from);
    // The files of the user are read where the environment is, or a profile is named.
    let everywhere = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let files: Vec<PathBuf> = match &file {
        Some(file) => vec![file.clone()],
        None if named.is_some() => profile::default_files(&everywhere).into_iter().flatten().collect(),
        None => profile::default_files(environment).into_iter().flatten().collect(),
    };
    let wanted = named.clone().or_else(|| environment("AWS_PROFILE"));
    let is_wanted = wanted.is_some() || file.is_some();
    let name = wanted.unwrap_or_else(|| "default".to_string());
    let found = profile::read(options.prefix, &files, &name)?;
    if found.is_none() && is_wanted && !options.flag("anonymous", false)? {
        let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
        let message = format!("store {}: no profile \"{name}\" in {}", options.prefix, files.join(", "));
        return Err(invalid(message));
    }
    Ok(found)
}

fn credentials(
    options: &Options,
    builder: AmazonS3Builder,
    profile: Option<&Profile>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<AmazonS3Builder> {
    if options.flag("anonymous", false)? {
        return Ok(builder.with_skip_signature(true));
    }
    let (id, secret) = (options.text("access-key-id"), options.text("secret-access-key"));
    if id.is_some() || secret.is_some() {
        let id = options.required("access-key-id", "secret-access-key")?;
        let secret = options.required("secret-access-key", "access-key-id")?;
        return Ok(with_keys(builder, id, secret, options.text("session-token")));
    }
    let is_named = options.text("profile").is_some() || options.text("profile-file").is_some();
    let from_profile = |builder: AmazonS3Builder, profile: &Profile| {
        let of = |name| profile.get(name).unwrap_or_default();
        with_keys(builder, of("aws_access_key_id"), of("aws_secret_access_key"), profile.get("aws_session_token"))
    };
    if is_named && let Some(profile) = profile {
        return match profile.has_keys() {
            true => Ok(from_profile(builder, profile)),
            false => Err(invalid(format!("store {}: the profile has no keys", options.prefix))
                .with_hint("profiles with aws_access_key_id and aws_secret_access_key are read, no roles and no SSO")),
        };
    }
    if let (Some(id), Some(secret)) = (environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY")) {
        return Ok(with_keys(builder, &id, &secret, environment("AWS_SESSION_TOKEN").as_deref()));
    }
    if let (Some(token), Some(role)) = (environment("AWS_WEB_IDENTITY_TOKEN_FILE"), environment("AWS_ROLE_ARN")) {
        return Ok(builder
            .with_config(AmazonS3ConfigKey::WebIdentityTokenFile, token)
            .with_config(AmazonS3ConfigKey::RoleArn, role));
    }
    if let Some(profile) = profile.filter(|profile| profile.has_keys()) {
        return Ok(from_profile(builder, profile));
    }
    if options.flag("instance-metadata", false)? {
        // object_store asks it when it is given nothing else.
        return Ok(builder);
    }
    Err(invalid(format!("store {}: no credentials", options.prefix)).with_hint(
        "give access-key-id and secret-access-key, a profile, AWS_* variables, anonymous: \"true\", or \
         instance-metadata: \"true\"",
    ))
}

fn with_keys(builder: AmazonS3Builder, id: &str, secret: &str, token: Option<&str>) -> AmazonS3Builder {
    let builder = builder.with_access_key_id(id).with_secret_access_key(secret);
    match token {
        Some(token) => builder.with_token(token),
        None => builder,
    }
}
