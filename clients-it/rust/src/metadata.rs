//! Catalogs, schemas, tables, keys, types and what the server says of itself.

use arrow_array::cast::AsArray;
use arrow_flight::sql::{
    CommandGetCatalogs, CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys,
    CommandGetImportedKeys, CommandGetPrimaryKeys, CommandGetTables, CommandGetXdbcTypeInfo,
    SqlInfo, XdbcDataType,
};
use arrow_flight::{FlightInfo, IpcMessage};
use arrow_schema::{DataType, Field, Schema};

use crate::read::{Table, expect, read, text};
use crate::{Client, Feature, Outcome, feature};

pub const FEATURES: &[Feature] = &[
    feature!("catalogs", catalogs),
    feature!("schemas", schemas),
    feature!("tables", tables),
    feature!("columns", columns),
    feature!("table types", table_types),
    feature!("keys", keys),
    feature!("type info", type_info),
    feature!("SQL info", sql_info),
];

/// Reads a metadata result and checks its schema against the one that this crate's own servers send.
async fn exactly(client: &mut Client, info: FlightInfo, wanted: &Schema) -> Result<Table, String> {
    let got = read(client, info).await.map_err(text)?;
    expect("schema", got.schema.as_ref(), wanted)?;
    Ok(got)
}

async fn catalogs(mut client: Client) -> Outcome {
    let info = client.get_catalogs().await.map_err(text)?;
    exactly(
        &mut client,
        info,
        &CommandGetCatalogs {}.into_builder().schema(),
    )
    .await?
    .is(&["bowyer"])
}

async fn schemas(mut client: Client) -> Outcome {
    let command = CommandGetDbSchemas {
        catalog: None,
        db_schema_filter_pattern: Some("pub%".into()),
    };
    let info = client.get_db_schemas(command.clone()).await.map_err(text)?;
    exactly(&mut client, info, &command.into_builder().schema())
        .await?
        .is(&["bowyer|public"])
}

fn trips(include_schema: bool) -> CommandGetTables {
    CommandGetTables {
        catalog: None,
        db_schema_filter_pattern: Some("public".into()),
        table_name_filter_pattern: Some("tr_ps".into()),
        table_types: vec!["TABLE".into(), "VIEW".into()],
        include_schema,
    }
}

async fn tables(mut client: Client) -> Outcome {
    let info = client.get_tables(trips(false)).await.map_err(text)?;
    let got = exactly(&mut client, info, &trips(false).into_builder().schema()).await?;
    got.is(&["bowyer|public|trips|TABLE"])
}

async fn columns(mut client: Client) -> Outcome {
    let info = client.get_tables(trips(true)).await.map_err(text)?;
    let got = exactly(&mut client, info, &trips(true).into_builder().schema()).await?;
    let encapsulated = got.batches[0]
        .column(4)
        .as_binary::<i32>()
        .value(0)
        .to_vec();
    let schema =
        Schema::try_from(IpcMessage(encapsulated.into())).map_err(|error| error.to_string())?;
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    expect(
        "columns",
        &names[..],
        &["id", "city", "fare", "day", "tip"][..],
    )?;
    let described = schema
        .field(4)
        .metadata()
        .contains_key("ARROW:FLIGHT:SQL:TYPE_NAME");
    expect("has a type name", &described, &true)
}

async fn table_types(mut client: Client) -> Outcome {
    let info = client.get_table_types().await.map_err(text)?;
    let wanted = Schema::new(vec![Field::new("table_type", DataType::Utf8, false)]);
    exactly(&mut client, info, &wanted).await?.has("TABLE")
}

async fn keys(mut client: Client) -> Outcome {
    let table = || "trips".to_string();
    let primary = CommandGetPrimaryKeys {
        catalog: None,
        db_schema: None,
        table: table(),
    };
    let info = client.get_primary_keys(primary).await.map_err(text)?;
    let got = read(&mut client, info).await.map_err(text)?;
    let names: Vec<&str> = got
        .schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let wanted = [
        "catalog_name",
        "db_schema_name",
        "table_name",
        "column_name",
        "key_sequence",
        "key_name",
    ];
    expect("columns", &names[..], &wanted[..])?;

    let exported = CommandGetExportedKeys {
        catalog: None,
        db_schema: None,
        table: table(),
    };
    let imported = CommandGetImportedKeys {
        catalog: None,
        db_schema: None,
        table: table(),
    };
    let cross = CommandGetCrossReference {
        pk_catalog: None,
        pk_db_schema: None,
        pk_table: table(),
        fk_catalog: None,
        fk_db_schema: None,
        fk_table: table(),
    };
    let infos = [
        client.get_exported_keys(exported).await.map_err(text)?,
        client.get_imported_keys(imported).await.map_err(text)?,
        client.get_cross_reference(cross).await.map_err(text)?,
    ];
    for info in infos {
        let got = read(&mut client, info).await.map_err(text)?;
        expect(
            "columns and rows",
            &(got.schema.fields().len(), got.rows.len()),
            &(13, 0),
        )?;
    }
    Ok(())
}

async fn type_info(mut client: Client) -> Outcome {
    let all = client
        .get_xdbc_type_info(CommandGetXdbcTypeInfo { data_type: None })
        .await
        .map_err(text)?;
    let all = read(&mut client, all).await.map_err(text)?;
    let integer = CommandGetXdbcTypeInfo {
        data_type: Some(XdbcDataType::XdbcInteger as i32),
    };
    let one = client.get_xdbc_type_info(integer).await.map_err(text)?;
    let one = read(&mut client, one).await.map_err(text)?;
    expect(
        "some rows are of INTEGER",
        &(0 < one.rows.len() && one.rows.len() < all.rows.len()),
        &true,
    )
}

async fn sql_info(mut client: Client) -> Outcome {
    let asked = vec![
        SqlInfo::FlightSqlServerName,
        SqlInfo::FlightSqlServerTransaction,
    ];
    let info = client.get_sql_info(asked).await.map_err(text)?;
    let got = read(&mut client, info).await.map_err(text)?;
    expect("rows", &got.rows.len(), &2)?;
    expect("names the server", &got.rows[0].contains("Bowyer"), &true)?;
    let info = client.get_sql_info(Vec::new()).await.map_err(text)?;
    let all = read(&mut client, info).await.map_err(text)?;
    expect("all are many", &(all.rows.len() > 50), &true)
}
