//! Logging in. Session options have no messages in this crate; headers do the same for one client.

use arrow_schema::DataType;
use tonic::Code;

use crate::read::{ask, expect, refused, text};
use crate::{Client, Feature, Outcome, Servers, connect, feature};

pub const FEATURES: &[Feature] = &[
    feature!("options as headers", headers),
    Feature::new("login with a password", |_, servers| {
        Box::pin(login(servers))
    }),
];

async fn headers(mut client: Client) -> Outcome {
    client.set_header("x-bowyer-timestamp-unit", "ns");
    client.set_header("x-bowyer-decimal", "double");
    let got = ask(
        &mut client,
        "SELECT t.tip, p.at_us FROM trips t JOIN types_parquet p ON t.id = p.id WHERE p.id = 1",
    )
    .await;
    let got = got.map_err(text)?;
    expect(
        "type of a decimal",
        got.schema.field(0).data_type(),
        &DataType::Float64,
    )?;
    let wanted = DataType::Timestamp(arrow_schema::TimeUnit::Nanosecond, None);
    expect(
        "type of a timestamp",
        got.schema.field(1).data_type(),
        &wanted,
    )?;
    client.set_header("x-bowyer-no-such-option", "x");
    refused(
        ask(&mut client, "SELECT 1").await,
        Code::InvalidArgument,
        &["no-such-option"],
    )
}

async fn login(servers: Servers) -> Outcome {
    let mut client = connect(&servers.secured).await?;
    refused(
        client.execute("SELECT 1".into(), None).await,
        Code::Unauthenticated,
        &[],
    )?;
    let wrong = client.handshake(&servers.user, "wrong").await.map_err(text);
    let message = wrong.err().ok_or("a wrong password was accepted")?;
    expect(
        "says what is wrong",
        &message.contains("wrong user or password"),
        &true,
    )?;
    client
        .handshake(&servers.user, &servers.password)
        .await
        .map_err(text)?;
    ask(&mut client, "SELECT 1").await.map_err(text)?.is(&["1"])
}
