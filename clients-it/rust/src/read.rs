//! Fetching results, and checks that say what was wrong.

use std::fmt::Debug;

use arrow_array::RecordBatch;
use arrow_cast::display::array_value_to_string;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::{FlightInfo, Ticket};
use arrow_schema::SchemaRef;
use futures::TryStreamExt;
use tonic::Code;

use crate::{Client, Outcome};

/// Of the lock file, which pins it.
pub fn crate_version() -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let entry = lock
        .split("[[package]]")
        .find(|entry| entry.contains("name = \"arrow-flight\""));
    entry
        .and_then(|entry| entry.split("version = \"").nth(1)?.split('"').next())
        .unwrap_or("of an unknown version")
}

/// A result; rows as text, with "|" between the values.
pub struct Table {
    pub schema: SchemaRef,
    pub rows: Vec<String>,
    pub batches: Vec<RecordBatch>,
}

impl Table {
    pub fn is(&self, rows: &[&str]) -> Outcome {
        expect(
            "rows",
            &self.rows.iter().map(String::as_str).collect::<Vec<_>>()[..],
            rows,
        )
    }

    pub fn has(&self, row: &str) -> Outcome {
        if self.rows.iter().any(|one| one == row) {
            Ok(())
        } else {
            Err(format!("no row {row:?} in {:?}", self.rows))
        }
    }
}

pub fn expect<T: PartialEq + Debug + ?Sized>(what: &str, got: &T, wanted: &T) -> Outcome {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {got:?} (expected: {wanted:?})"))
    }
}

pub fn text(error: FlightError) -> String {
    match error {
        FlightError::Tonic(status) => format!("{:?}: {}", status.code(), status.message()),
        other => other.to_string(),
    }
}

/// All endpoints, one after the other.
pub async fn read(client: &mut Client, info: FlightInfo) -> Result<Table, FlightError> {
    let mut all: Option<Table> = None;
    for endpoint in info.endpoint {
        let ticket = endpoint
            .ticket
            .ok_or_else(|| FlightError::protocol("an endpoint without a ticket"))?;
        let part = read_ticket(client, ticket).await?;
        match &mut all {
            None => all = Some(part),
            Some(table) => {
                table.rows.extend(part.rows);
                table.batches.extend(part.batches);
            }
        }
    }
    all.ok_or_else(|| FlightError::protocol("no endpoint"))
}

pub async fn read_ticket(client: &mut Client, ticket: Ticket) -> Result<Table, FlightError> {
    collect(client.do_get(ticket).await?).await
}

pub async fn collect(mut stream: FlightRecordBatchStream) -> Result<Table, FlightError> {
    let (mut rows, mut batches) = (Vec::new(), Vec::new());
    while let Some(batch) = stream.try_next().await? {
        for row in 0..batch.num_rows() {
            let values: Result<Vec<String>, _> = batch
                .columns()
                .iter()
                .map(|column| array_value_to_string(column, row))
                .collect();
            rows.push(values?.join("|"));
        }
        batches.push(batch);
    }
    let schema = stream
        .schema()
        .cloned()
        .ok_or_else(|| FlightError::protocol("a stream without a schema"))?;
    Ok(Table {
        schema,
        rows,
        batches,
    })
}

pub async fn ask(client: &mut Client, sql: &str) -> Result<Table, FlightError> {
    let info = client.execute(sql.to_string(), None).await?;
    read(client, info).await
}

/// Checks that the call was refused with this code and that the message holds the words.
pub fn refused<T>(got: Result<T, FlightError>, code: Code, words: &[&str]) -> Outcome {
    let status = match got {
        Ok(_) => return Err("succeeded, and should have been refused".to_string()),
        Err(FlightError::Tonic(status)) => status,
        Err(other) => return Err(format!("not a status: {other}")),
    };
    expect(
        &format!("code of {:?}", status.message()),
        &status.code(),
        &code,
    )?;
    match words.iter().find(|word| !status.message().contains(**word)) {
        None => Ok(()),
        Some(word) => Err(format!("no {word:?} in the message: {}", status.message())),
    }
}
