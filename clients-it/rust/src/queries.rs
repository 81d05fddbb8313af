//! Statements, their types, cancelling and polling.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{Int64Array, RecordBatch};
use arrow_flight::error::FlightError;
use arrow_flight::sql::{
    CommandStatementIngest, CommandStatementQuery, ProstMessageExt, TableDefinitionOptions,
    TableExistsOption, TableNotExistOption,
};
use arrow_flight::{
    CancelFlightInfoRequest, CancelStatus, FlightClient, FlightDescriptor, FlightInfo,
    RenewFlightEndpointRequest,
};
use arrow_schema::DataType;
use prost::Message;
use tokio::task::JoinHandle;
use tonic::Code;

use crate::read::{Table, ask, collect, expect, read, read_ticket, refused, text};
use crate::{Client, Feature, Outcome, feature};

/// Minutes of work: whoever runs it cancels it.
const SLOW: &str = "SELECT count(*) FROM many a CROSS JOIN many b CROSS JOIN many c WHERE (a.id * b.id + c.id) % 7 = 3";

pub const FEATURES: &[Feature] = &[
    feature!("queries", queries),
    feature!("schema of a query", schema_of_a_query),
    feature!("errors", failures),
    feature!("compatible types", compatible_types),
    feature!("native types", native_types),
    feature!("PollFlightInfo", poll),
    feature!("CancelFlightInfo", cancel_flight_info),
    feature!("gRPC cancel", grpc_cancel),
    feature!("RenewFlightEndpoint", renew),
    feature!("parallel endpoints", parallel),
    feature!("updates are refused", updates),
    feature!("ingestion is refused", ingestion),
];

async fn queries(mut client: Client) -> Outcome {
    let got = ask(
        &mut client,
        "SELECT id, city, fare, day, tip FROM trips ORDER BY id LIMIT 3",
    )
    .await
    .map_err(text)?;
    got.is(&[
        "1|Oslo|10.5|2026-01-01|1.10",
        "2|Rome|20.0|2026-01-01|0.00",
        "3|Oslo||2026-01-02|2.25",
    ])
}

fn query(sql: &str) -> FlightDescriptor {
    let command = CommandStatementQuery {
        query: sql.to_string(),
        transaction_id: None,
    };
    FlightDescriptor::new_cmd(command.as_any().encode_to_vec())
}

fn plain(client: &Client) -> FlightClient {
    FlightClient::new_from_inner(client.inner().clone())
}

async fn schema_of_a_query(mut client: Client) -> Outcome {
    const SQL: &str = "SELECT id, city FROM trips";
    let asked = plain(&client).get_schema(query(SQL)).await.map_err(text)?;
    let got = ask(&mut client, SQL).await.map_err(text)?;
    expect("schema", &asked, got.schema.as_ref())
}

async fn failures(mut client: Client) -> Outcome {
    let syntax = client
        .execute("SELECT id FORM trips WHERE".into(), None)
        .await;
    let column = client.execute("SELECT fares FROM trips".into(), None).await;
    let missing = client.execute("SELECT * FROM trip".into(), None).await;
    refused(syntax, Code::InvalidArgument, &["INVALID_SQL"])?;
    refused(
        column,
        Code::InvalidArgument,
        &["fares", "did you mean \"fare\""],
    )?;
    refused(missing, Code::NotFound, &["did you mean \"trips\""])
}

fn types(table: &Table) -> Vec<DataType> {
    table
        .schema
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .collect()
}

async fn compatible_types(mut client: Client) -> Outcome {
    let got = ask(
        &mut client,
        "SELECT u8, text_view, word, u64 FROM widened_arrow ORDER BY id",
    )
    .await
    .map_err(text)?;
    let wanted = [
        DataType::Int16,
        DataType::Utf8,
        DataType::Utf8,
        DataType::Decimal128(20, 0),
    ];
    expect("types", &types(&got)[..], &wanted[..])?;
    got.has("255|longer than twelve bytes|green|18446744073709551615")
}

async fn native_types(mut client: Client) -> Outcome {
    client.set_header("x-bowyer-wire", "native");
    let got = ask(
        &mut client,
        "SELECT u8, text_view, word FROM widened_arrow ORDER BY id",
    )
    .await
    .map_err(text)?;
    let found = types(&got);
    expect(
        "types",
        &found[..2],
        &[DataType::UInt8, DataType::Utf8View][..],
    )?;
    // The decoder of this crate turns dictionaries into what they stand for unless it is told otherwise.
    expect(
        "a dictionary or its values",
        &matches!(found[2], DataType::Dictionary(..) | DataType::Utf8),
        &true,
    )?;
    got.has("255|longer than twelve bytes|green")
}

async fn poll(mut client: Client) -> Outcome {
    let mut polls = plain(&client);
    let mut descriptor = query("SELECT count(*) FROM many WHERE id % 2 = 0");
    let mut progress = 0.0;
    loop {
        let answer = polls.poll_flight_info(descriptor).await.map_err(text)?;
        let now = answer.progress.unwrap_or(progress);
        expect(
            "progress grows and stays below 1",
            &(progress..=1.0).contains(&now),
            &true,
        )?;
        progress = now;
        match answer.flight_descriptor {
            Some(again) => descriptor = again,
            None => {
                let info = answer.info.ok_or("no info at the end")?;
                return read(&mut client, info).await.map_err(text)?.is(&["25000"]);
            }
        }
    }
}

type Reader = JoinHandle<Result<Table, FlightError>>;

/// Starts a statement of minutes; the stream has begun when this returns.
async fn run_slow(client: &Client) -> Result<(FlightInfo, Reader), String> {
    let mut client = client.clone();
    let info = client.execute(SLOW.into(), None).await.map_err(text)?;
    let ticket = info.endpoint[0].ticket.clone().ok_or("no ticket")?;
    let stream = client.do_get(ticket).await.map_err(text)?;
    Ok((info, tokio::spawn(collect(stream))))
}

/// Asks until the query is found running, and then expects its reader to end with CANCELLED.
async fn cancel_flight_info(client: Client) -> Outcome {
    let (info, reader) = run_slow(&client).await?;
    let mut actions = plain(&client);
    loop {
        let asked = CancelFlightInfoRequest {
            info: Some(info.clone()),
        };
        let answer = actions.cancel_flight_info(asked).await.map_err(text)?;
        if [
            CancelStatus::Cancelled as i32,
            CancelStatus::Cancelling as i32,
        ]
        .contains(&answer.status)
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let ended = tokio::time::timeout(Duration::from_secs(2), reader).await;
    let ended = ended
        .map_err(|_| "the reader did not end within 2 s")?
        .map_err(|error| error.to_string())?;
    refused(ended, Code::Cancelled, &[])
}

/// Dropping the stream resets it. That the server's work stops is tested from Python, which sees the server.
async fn grpc_cancel(mut client: Client) -> Outcome {
    let (_, reader) = run_slow(&client).await?;
    reader.abort();
    let ended = tokio::time::timeout(Duration::from_secs(2), reader).await;
    expect(
        "the task ended",
        &matches!(ended, Ok(Err(error)) if error.is_cancelled()),
        &true,
    )?;
    ask(&mut client, "SELECT 1").await.map_err(text)?.is(&["1"])
}

async fn renew(mut client: Client) -> Outcome {
    let info = client
        .execute("SELECT 1".into(), None)
        .await
        .map_err(text)?;
    let endpoint = info.endpoint[0].clone();
    let expiry = endpoint
        .expiration_time
        .ok_or("the endpoint has no expiration time")?;
    let request = RenewFlightEndpointRequest {
        endpoint: Some(endpoint),
    };
    let renewed = plain(&client)
        .renew_flight_endpoint(request)
        .await
        .map_err(text)?;
    let later = renewed
        .expiration_time
        .ok_or("the renewed endpoint has no expiration time")?;
    let order = (expiry.seconds, expiry.nanos) <= (later.seconds, later.nanos);
    expect("not earlier than before", &order, &true)?;
    let ticket = renewed.ticket.ok_or("the renewed endpoint has no ticket")?;
    read_ticket(&mut client, ticket)
        .await
        .map_err(text)?
        .is(&["1"])
}

async fn parallel(mut client: Client) -> Outcome {
    client.set_header("x-bowyer-parallelism", "4");
    let info = client
        .execute("SELECT id FROM wide_parts".into(), None)
        .await
        .map_err(text)?;
    expect(
        "several endpoints, not ordered",
        &(info.endpoint.len() > 1, info.ordered),
        &(true, false),
    )?;
    let got = read(&mut client, info).await.map_err(text)?;
    let different: HashSet<_> = got.rows.iter().collect();
    expect(
        "rows and different rows",
        &(got.rows.len(), different.len()),
        &(40_000, 40_000),
    )
}

async fn updates(mut client: Client) -> Outcome {
    const SQL: &str = "INSERT INTO trips (id) VALUES (7)";
    not_writable(client.execute_update(SQL.into(), None).await)?;
    not_writable(client.execute(SQL.into(), None).await)
}

/// A statement that would change something is refused, with one of the codes that say so.
fn not_writable<T>(got: Result<T, FlightError>) -> Outcome {
    match got {
        Err(FlightError::Tonic(status))
            if [
                Code::PermissionDenied,
                Code::InvalidArgument,
                Code::Unimplemented,
            ]
            .contains(&status.code()) =>
        {
            Ok(())
        }
        Err(other) => Err(text(other)),
        Ok(_) => Err("succeeded, and should have been refused".into()),
    }
}

async fn ingestion(mut client: Client) -> Outcome {
    let rows = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(vec![7])) as _)]);
    let rows = rows.map_err(|error| error.to_string())?;
    let command = CommandStatementIngest {
        table_definition_options: Some(TableDefinitionOptions {
            if_not_exist: TableNotExistOption::Create.into(),
            if_exists: TableExistsOption::Fail.into(),
        }),
        table: "created".into(),
        schema: None,
        catalog: None,
        temporary: false,
        transaction_id: None,
        options: Default::default(),
    };
    let got = client
        .execute_ingest(command, futures::stream::iter([Ok(rows)]))
        .await;
    refused(got, Code::Unimplemented, &[])
}
