package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

func metadataFeatures() []feature {
	return []feature{
		{"catalogs", catalogs},
		{"schemas", schemas},
		{"tables", tables},
		{"columns", columns},
		{"table types", tableTypes},
		{"keys", keys},
		{"type info", typeInfo},
		{"SQL info", sqlInfo},
	}
}

// exactly reads a metadata result and checks its schema, which clients compare literally.
func exactly(
	ctx context.Context, client *flightsql.Client, info *flight.FlightInfo, asked error, wanted *arrow.Schema,
) (table, error) {
	if asked != nil {
		return table{}, asked
	}
	got, err := read(ctx, client, info)
	if err != nil {
		return got, err
	}
	if !got.schema.Equal(wanted) {
		return got, fmt.Errorf("schema %s (expected: %s)", got.schema, wanted)
	}
	return got, nil
}

func catalogs(ctx context.Context, client *flightsql.Client) error {
	info, err := client.GetCatalogs(ctx)
	got, err := exactly(ctx, client, info, err, schema_ref.Catalogs)
	return first(err, got.is("bowyer"))
}

func schemas(ctx context.Context, client *flightsql.Client) error {
	pattern := "pub%"
	info, err := client.GetDBSchemas(ctx, &flightsql.GetDBSchemasOpts{DbSchemaFilterPattern: &pattern})
	got, err := exactly(ctx, client, info, err, schema_ref.DBSchemas)
	return first(err, got.is("bowyer|public"))
}

func tables(ctx context.Context, client *flightsql.Client) error {
	pattern, schema := "tr_ps", "public"
	options := &flightsql.GetTablesOpts{
		DbSchemaFilterPattern: &schema, TableNameFilterPattern: &pattern, TableTypes: []string{"TABLE", "VIEW"}}
	info, err := client.GetTables(ctx, options)
	got, err := exactly(ctx, client, info, err, schema_ref.Tables)
	return first(err, got.is("bowyer|public|trips|TABLE"))
}

func columns(ctx context.Context, client *flightsql.Client) error {
	pattern := "trips"
	info, err := client.GetTables(ctx, &flightsql.GetTablesOpts{TableNameFilterPattern: &pattern, IncludeSchema: true})
	if err != nil {
		return err
	}
	reader, err := client.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		return err
	}
	defer reader.Release()
	if !reader.Schema().Equal(schema_ref.TablesWithIncludedSchema) {
		return fmt.Errorf("schema %s (expected: %s)", reader.Schema(), schema_ref.TablesWithIncludedSchema)
	}
	if !reader.Next() {
		return fmt.Errorf("no row: %w", reader.Err())
	}
	encapsulated := reader.RecordBatch().Column(4).(*array.Binary).Value(0)
	inner, err := ipc.NewReader(bytes.NewReader(encapsulated))
	if err != nil {
		return err
	}
	defer inner.Release()
	var names []string
	for _, field := range inner.Schema().Fields() {
		names = append(names, field.Name)
	}
	typeName, _ := inner.Schema().Field(4).Metadata.GetValue("ARROW:FLIGHT:SQL:TYPE_NAME")
	return first(
		expect("columns", strings.Join(names, " "), "id city fare day tip"),
		expect("has a type name", typeName != "", true))
}

func tableTypes(ctx context.Context, client *flightsql.Client) error {
	info, err := client.GetTableTypes(ctx)
	got, err := exactly(ctx, client, info, err, schema_ref.TableTypes)
	return first(err, got.has("TABLE"))
}

func keys(ctx context.Context, client *flightsql.Client) error {
	trips := flightsql.TableRef{Table: "trips"}
	info, err := client.GetPrimaryKeys(ctx, trips)
	if _, err = exactly(ctx, client, info, err, schema_ref.PrimaryKeys); err != nil {
		return fmt.Errorf("primary: %w", err)
	}
	info, err = client.GetImportedKeys(ctx, trips)
	if _, err = exactly(ctx, client, info, err, schema_ref.ImportedKeys); err != nil {
		return fmt.Errorf("imported: %w", err)
	}
	info, err = client.GetExportedKeys(ctx, trips)
	if _, err = exactly(ctx, client, info, err, schema_ref.ExportedKeys); err != nil {
		return fmt.Errorf("exported: %w", err)
	}
	info, err = client.GetCrossReference(ctx, trips, trips)
	_, err = exactly(ctx, client, info, err, schema_ref.CrossReference)
	return err
}

func typeInfo(ctx context.Context, client *flightsql.Client) error {
	info, err := client.GetXdbcTypeInfo(ctx, nil)
	got, err := exactly(ctx, client, info, err, schema_ref.XdbcTypeInfo)
	if err != nil {
		return err
	}
	integer := int32(4)
	info, err = client.GetXdbcTypeInfo(ctx, &integer)
	one, err := exactly(ctx, client, info, err, schema_ref.XdbcTypeInfo)
	if err != nil {
		return err
	}
	if len(one.rows) == 0 || len(one.rows) >= len(got.rows) {
		return fmt.Errorf("%d of %d rows are of INTEGER", len(one.rows), len(got.rows))
	}
	return nil
}

func sqlInfo(ctx context.Context, client *flightsql.Client) error {
	asked := []flightsql.SqlInfo{flightsql.SqlInfoFlightSqlServerName, flightsql.SqlInfoFlightSqlServerTransaction}
	info, err := client.GetSqlInfo(ctx, asked)
	got, err := exactly(ctx, client, info, err, schema_ref.SqlInfo)
	if failure := first(err, expect("rows", len(got.rows), 2)); failure != nil {
		return failure
	}
	if !strings.Contains(got.rows[0], "Bowyer") {
		return fmt.Errorf("the name of the server: %s", got.rows[0])
	}
	info, err = client.GetSqlInfo(ctx, nil)
	all, err := exactly(ctx, client, info, err, schema_ref.SqlInfo)
	return first(err, expect("all are many", len(all.rows) > 50, true))
}
