//! The HTTP client of the stores. It follows no redirects: where a store sends a request on to is nothing that anybody
//! registered, and may be an address that only this machine reaches.

use std::time::Duration;

use object_store::client::{HttpClient, HttpConnector};
use object_store::{ClientConfigKey, ClientOptions, HeaderMap};
use reqwest::redirect::Policy;

/// What [`ClientOptions`] keep to themselves.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    /// PEM.
    pub(crate) certificates: Option<Vec<u8>>,
    /// Of every request; may be secret.
    pub(crate) headers: HeaderMap,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let failed = |e: reqwest::Error| object_store::Error::Generic { store: "HTTP", source: Box::new(e) };
        // Differs from request to request of one store: what grants credentials may answer without TLS.
        let allows_http = options.get_config_value(&ClientConfigKey::AllowHttp).is_some_and(|value| value == "true");
        let mut builder = reqwest::ClientBuilder::new()
            .redirect(Policy::none())
            // Lengths must be those of the files.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .user_agent(concat!("bowyer/", env!("CARGO_PKG_VERSION")))
            .default_headers(self.headers.clone())
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout)
            .https_only(!allows_http);
        for certificate in
            reqwest::Certificate::from_pem_bundle(self.certificates.as_deref().unwrap_or_default()).map_err(failed)?
        {
            builder = builder.add_root_certificate(certificate);
        }
        Ok(HttpClient::new(builder.build().map_err(failed)?))
    }
}
