//! Drives a Bowyer server with the Flight SQL client of the `arrow-flight` crate and prints one JSON line per feature.
//! See ../README.md.

mod metadata;
mod prepared;
mod queries;
mod read;
mod sessions;

use std::collections::HashMap;
use std::time::Duration;

use arrow_flight::sql::client::FlightSqlServiceClient;
use futures::future::BoxFuture;
use serde_json::json;
use tonic::transport::{Channel, Endpoint};

pub type Client = FlightSqlServiceClient<Channel>;
/// `Err` says what was wrong; it becomes the note of the feature.
pub type Outcome = Result<(), String>;

const FEATURE_TIMEOUT: Duration = Duration::from_secs(20);

/// Where the tests' servers listen: `open` has no users, `secured` has one.
#[derive(Clone)]
pub struct Servers {
    pub open: String,
    pub secured: String,
    pub user: String,
    pub password: String,
}

pub struct Feature {
    name: &'static str,
    run: fn(Client, Servers) -> BoxFuture<'static, Outcome>,
}

impl Feature {
    pub const fn new(
        name: &'static str,
        run: fn(Client, Servers) -> BoxFuture<'static, Outcome>,
    ) -> Self {
        Feature { name, run }
    }
}

/// A feature of an async function of a client.
#[macro_export]
macro_rules! feature {
    ($name:literal, $run:path) => {
        $crate::Feature::new($name, |client, _| Box::pin($run(client)))
    };
}

pub async fn connect(address: &str) -> Result<Client, String> {
    let endpoint =
        Endpoint::from_shared(format!("http://{address}")).map_err(|error| error.to_string())?;
    let channel = endpoint
        .connect()
        .await
        .map_err(|error| format!("{address}: {error}"))?;
    Ok(FlightSqlServiceClient::new(channel))
}

fn arguments() -> Result<Servers, String> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let mut options: HashMap<&str, &str> = given
        .chunks_exact(2)
        .map(|pair| (pair[0].as_str(), pair[1].as_str()))
        .collect();
    let mut take = |name: &str| {
        options
            .remove(name)
            .map(String::from)
            .ok_or(format!("{name} is missing"))
    };
    Ok(Servers {
        open: take("--server")?,
        secured: take("--secured")?,
        user: take("--user")?,
        password: take("--password")?,
    })
}

/// Each feature has a connection and a task of its own, so that none inherits another's trouble.
async fn attempt(feature: &Feature, servers: &Servers) -> Outcome {
    let client = connect(&servers.open).await?;
    let task = tokio::spawn((feature.run)(client, servers.clone()));
    match tokio::time::timeout(FEATURE_TIMEOUT, task).await {
        Err(_) => Err(format!("not within {FEATURE_TIMEOUT:?}")),
        Ok(Err(panicked)) => Err(panicked.to_string()),
        Ok(Ok(outcome)) => outcome,
    }
}

#[tokio::main]
async fn main() -> Result<(), String> {
    let servers = arguments()?;
    let client = format!("arrow-flight (Rust) {}", read::crate_version());
    let groups = [
        queries::FEATURES,
        prepared::FEATURES,
        metadata::FEATURES,
        sessions::FEATURES,
    ];
    for feature in groups.into_iter().flatten() {
        let outcome = attempt(feature, &servers).await;
        let works = outcome.is_ok();
        let note = outcome.err().unwrap_or_default();
        println!(
            "{}",
            json!({"client": client, "feature": feature.name, "works": works, "note": note})
        );
    }
    Ok(())
}
