package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"
)

func preparedFeatures() []feature {
	return []feature{
		{"prepared statements", prepared},
		{"parameters", parameters},
		{"parameters of other types", otherTypes},
		{"binding again", again},
		{"wrong parameters are refused", wrongParameters},
	}
}

func prepared(ctx context.Context, client *flightsql.Client) error {
	statement, err := client.Prepare(ctx, "SELECT id, city FROM trips WHERE id <= 2 ORDER BY id")
	if err != nil {
		return err
	}
	if statement.DatasetSchema() == nil {
		return fmt.Errorf("no schema of the result")
	}
	for range 3 {
		got, err := execute(ctx, client, statement)
		if failure := first(err, got.is("1|Oslo", "2|Rome")); failure != nil {
			return failure
		}
	}
	return statement.Close(ctx)
}

func execute(ctx context.Context, client *flightsql.Client, statement *flightsql.PreparedStatement) (table, error) {
	info, err := statement.Execute(ctx)
	if err != nil {
		return table{}, err
	}
	return read(ctx, client, info)
}

// run prepares sql, binds the columns of JSON rows of that schema to it, and reads the result.
func run(ctx context.Context, client *flightsql.Client, sql string, schema *arrow.Schema, row string) (table, error) {
	statement, err := client.Prepare(ctx, sql)
	if err != nil {
		return table{}, fmt.Errorf("preparing: %w", err)
	}
	defer statement.Close(ctx)
	if err := bind(statement, schema, row); err != nil {
		return table{}, err
	}
	return execute(ctx, client, statement)
}

func bind(statement *flightsql.PreparedStatement, schema *arrow.Schema, row string) error {
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+row+"]"))
	if err != nil {
		return fmt.Errorf("the test's own row: %w", err)
	}
	statement.SetParameters(batch)
	return nil
}

func schemaOf(types ...arrow.DataType) *arrow.Schema {
	fields := make([]arrow.Field, len(types))
	for i, one := range types {
		fields[i] = arrow.Field{Name: fmt.Sprintf("$%d", i+1), Type: one, Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func parameters(ctx context.Context, client *flightsql.Client) error {
	const sql = "SELECT id FROM trips WHERE city = $1 AND fare > $2 AND day >= $3 AND tip < $4 ORDER BY id"
	schema := schemaOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Float64, arrow.FixedWidthTypes.Date32,
		&arrow.Decimal128Type{Precision: 9, Scale: 2})
	got, err := run(ctx, client, sql, schema, `{"$1":"Rome","$2":1.5,"$3":"2026-01-01","$4":"9.99"}`)
	if failure := first(err, got.is("2")); failure != nil {
		return failure
	}
	got, err = run(ctx, client, "SELECT count(*) FROM trips WHERE $1 IS NULL", schemaOf(arrow.BinaryTypes.String), `{"$1":null}`)
	return first(err, got.is("6"))
}

func otherTypes(ctx context.Context, client *flightsql.Client) error {
	const sql = "SELECT id FROM trips WHERE city = $1 ORDER BY id"
	for _, bound := range []arrow.DataType{
		arrow.BinaryTypes.LargeString,
		arrow.BinaryTypes.StringView,
		&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String},
	} {
		got, err := run(ctx, client, sql, schemaOf(bound), `{"$1":"Oslo"}`)
		if failure := first(err, got.is("1", "3")); failure != nil {
			return fmt.Errorf("%s: %w", bound, failure)
		}
	}
	got, err := run(ctx, client, "SELECT city FROM trips WHERE id = $1", schemaOf(arrow.PrimitiveTypes.Uint8), `{"$1":5}`)
	return first(err, got.is("Bonn"))
}

func again(ctx context.Context, client *flightsql.Client) error {
	statement, err := client.Prepare(ctx, "SELECT square FROM many WHERE id = ?")
	if err != nil {
		return err
	}
	for id := range 100 {
		if err := bind(statement, schemaOf(arrow.PrimitiveTypes.Int64), fmt.Sprintf(`{"$1":%d}`, id)); err != nil {
			return err
		}
		got, err := execute(ctx, client, statement)
		if failure := first(err, got.is(fmt.Sprint(id*id))); failure != nil {
			return fmt.Errorf("use %d: %w", id+1, failure)
		}
	}
	return statement.Close(ctx)
}

func wrongParameters(ctx context.Context, client *flightsql.Client) error {
	const sql = "SELECT id FROM trips WHERE id = $1"
	integer, text := arrow.PrimitiveTypes.Int64, arrow.BinaryTypes.String
	_, tooMany := run(ctx, client, sql, schemaOf(integer, integer), `{"$1":1,"$2":2}`)
	_, notANumber := run(ctx, client, sql, schemaOf(text), `{"$1":"one"}`)
	statement, err := client.Prepare(ctx, sql)
	if err != nil {
		return err
	}
	_, unbound := execute(ctx, client, statement)
	return first(
		refused(tooMany, codes.InvalidArgument),
		refused(notANumber, codes.InvalidArgument),
		refused(unbound, codes.InvalidArgument))
}
