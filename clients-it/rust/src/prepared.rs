//! Prepared statements and what is bound to them.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
    LargeStringArray, RecordBatch, StringArray, StringViewArray, UInt8Array,
};
use arrow_flight::error::FlightError;
use arrow_flight::sql::client::PreparedStatement;
use arrow_schema::Schema;
use tonic::Code;
use tonic::transport::Channel;

use crate::read::{Table, expect, read, refused, text};
use crate::{Client, Feature, Outcome, feature};

pub const FEATURES: &[Feature] = &[
    feature!("prepared statements", prepared),
    feature!("parameters", parameters),
    feature!("parameters of other types", other_types),
    feature!("binding again", again),
    feature!("wrong parameters are refused", wrong_parameters),
];

/// 2026-01-01.
const NEW_YEAR: i32 = 20_454;

fn row(columns: Vec<ArrayRef>) -> RecordBatch {
    let named = columns
        .into_iter()
        .enumerate()
        .map(|(i, column)| (format!("${}", i + 1), column, true));
    RecordBatch::try_from_iter_with_nullable(named).expect("columns of one row")
}

async fn execute(
    client: &mut Client,
    statement: &mut PreparedStatement<Channel>,
) -> Result<Table, FlightError> {
    let info = statement.execute().await?;
    read(client, info).await
}

/// Prepares, binds, and reads.
async fn run(client: &mut Client, sql: &str, columns: Vec<ArrayRef>) -> Result<Table, FlightError> {
    let mut statement = client.prepare(sql.into(), None).await?;
    statement.set_parameters(row(columns))?;
    let got = execute(client, &mut statement).await;
    statement.close().await?;
    got
}

async fn prepared(mut client: Client) -> Outcome {
    let sql = "SELECT id, city FROM trips WHERE id <= 2 ORDER BY id";
    let mut statement = client.prepare(sql.into(), None).await.map_err(text)?;
    let schema: &Schema = statement.dataset_schema().map_err(text)?;
    expect("columns of the result", &schema.fields().len(), &2)?;
    for _ in 0..3 {
        execute(&mut client, &mut statement)
            .await
            .map_err(text)?
            .is(&["1|Oslo", "2|Rome"])?;
    }
    statement.close().await.map_err(text)
}

async fn parameters(mut client: Client) -> Outcome {
    let sql =
        "SELECT id FROM trips WHERE city = $1 AND fare > $2 AND day >= $3 AND tip < $4 ORDER BY id";
    let money = Decimal128Array::from(vec![999])
        .with_precision_and_scale(9, 2)
        .map_err(|error| error.to_string())?;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["Rome"])),
        Arc::new(Float64Array::from(vec![1.5])),
        Arc::new(Date32Array::from(vec![NEW_YEAR])),
        Arc::new(money),
    ];
    run(&mut client, sql, columns)
        .await
        .map_err(text)?
        .is(&["2"])?;
    let nothing: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
    run(
        &mut client,
        "SELECT count(*) FROM trips WHERE $1 IS NULL",
        vec![nothing],
    )
    .await
    .map_err(text)?
    .is(&["6"])
}

async fn other_types(mut client: Client) -> Outcome {
    let words: Vec<ArrayRef> = vec![
        Arc::new(LargeStringArray::from(vec!["Oslo"])),
        Arc::new(StringViewArray::from(vec!["Oslo"])),
        Arc::new(DictionaryArray::<Int8Type>::from_iter(["Oslo"])),
    ];
    for word in words {
        let bound = word.data_type().clone();
        let got = run(
            &mut client,
            "SELECT id FROM trips WHERE city = $1 ORDER BY id",
            vec![word],
        )
        .await;
        let got = got.map_err(|error| format!("{bound}: {}", text(error)))?;
        got.is(&["1", "3"])
            .map_err(|error| format!("{bound}: {error}"))?;
    }
    let small: ArrayRef = Arc::new(UInt8Array::from(vec![5]));
    run(
        &mut client,
        "SELECT city FROM trips WHERE id = $1",
        vec![small],
    )
    .await
    .map_err(text)?
    .is(&["Bonn"])
}

async fn again(mut client: Client) -> Outcome {
    let mut statement = client
        .prepare("SELECT square FROM many WHERE id = ?".into(), None)
        .await
        .map_err(text)?;
    for id in 0..100_i64 {
        statement
            .set_parameters(row(vec![Arc::new(Int64Array::from(vec![id]))]))
            .map_err(text)?;
        let got = execute(&mut client, &mut statement)
            .await
            .map_err(|error| format!("use {id}: {}", text(error)))?;
        got.is(&[&(id * id).to_string()])?;
    }
    statement.close().await.map_err(text)
}

async fn wrong_parameters(mut client: Client) -> Outcome {
    let sql = "SELECT id FROM trips WHERE id = $1";
    let integer: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let word: ArrayRef = Arc::new(StringArray::from(vec!["one"]));
    refused(
        run(&mut client, sql, vec![integer.clone(), integer]).await,
        Code::InvalidArgument,
        &[],
    )?;
    refused(
        run(&mut client, sql, vec![word]).await,
        Code::InvalidArgument,
        &[],
    )?;
    let mut unbound = client.prepare(sql.into(), None).await.map_err(text)?;
    refused(
        execute(&mut client, &mut unbound).await,
        Code::InvalidArgument,
        &[],
    )
}
