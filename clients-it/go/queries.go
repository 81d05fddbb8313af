package main

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// Minutes of work: whoever runs it cancels it.
const slow = "SELECT count(*) FROM many a CROSS JOIN many b CROSS JOIN many c WHERE (a.id * b.id + c.id) % 7 = 3"

func queryFeatures() []feature {
	return []feature{
		{"queries", queries},
		{"schema of a query", schemaOfAQuery},
		{"errors", failures},
		{"compatible types", compatibleTypes},
		{"native types", nativeTypes},
		{"PollFlightInfo", poll},
		{"CancelFlightInfo", cancelFlightInfo},
		{"CancelQuery", cancelQuery},
		{"gRPC cancel", grpcCancel},
		{"RenewFlightEndpoint", renew},
		{"parallel endpoints", parallel},
		{"updates are refused", updates},
		{"ingestion is refused", ingestion},
	}
}

func queries(ctx context.Context, client *flightsql.Client) error {
	got, err := ask(ctx, client, "SELECT id, city, fare, day, tip FROM trips ORDER BY id LIMIT 3")
	return first(err, got.is("1|Oslo|10.5|2026-01-01|1.1", "2|Rome|20|2026-01-01|0", "3|Oslo|(null)|2026-01-02|2.25"))
}

func schemaOfAQuery(ctx context.Context, client *flightsql.Client) error {
	const sql = "SELECT id, city FROM trips"
	asked, err := client.GetExecuteSchema(ctx, sql)
	if err != nil {
		return err
	}
	schema, err := flight.DeserializeSchema(asked.GetSchema(), memory.DefaultAllocator)
	if err != nil {
		return err
	}
	got, err := ask(ctx, client, sql)
	if err != nil {
		return err
	}
	return first(
		expect("names", fmt.Sprint(schema.Field(0).Name, schema.Field(1).Name), "idcity"),
		expect("equal", schema.Equal(got.schema), true))
}

func failures(ctx context.Context, client *flightsql.Client) error {
	_, syntax := client.Execute(ctx, "SELECT id FORM trips WHERE")
	_, column := client.Execute(ctx, "SELECT fares FROM trips")
	_, missing := client.Execute(ctx, "SELECT * FROM trip")
	return first(
		refused(syntax, codes.InvalidArgument, "INVALID_SQL"),
		refused(column, codes.InvalidArgument, "fares", `did you mean "fare"`),
		refused(missing, codes.NotFound, `did you mean "trips"`))
}

func compatibleTypes(ctx context.Context, client *flightsql.Client) error {
	got, err := ask(ctx, client, "SELECT u8, text_view, word, u64 FROM widened_arrow ORDER BY id")
	if err != nil {
		return err
	}
	return first(
		hasType(got.schema, 0, arrow.INT16), hasType(got.schema, 1, arrow.STRING), hasType(got.schema, 2, arrow.STRING),
		got.has("255|longer than twelve bytes|green|18446744073709551615"))
}

func nativeTypes(ctx context.Context, client *flightsql.Client) error {
	ctx = metadata.AppendToOutgoingContext(ctx, "x-bowyer-wire", "native")
	got, err := ask(ctx, client, "SELECT u8, text_view, word, f16 FROM widened_arrow ORDER BY id")
	if err != nil {
		return err
	}
	return first(
		hasType(got.schema, 0, arrow.UINT8), hasType(got.schema, 1, arrow.STRING_VIEW),
		hasType(got.schema, 2, arrow.DICTIONARY), hasType(got.schema, 3, arrow.FLOAT16),
		got.has("255|longer than twelve bytes|green|-65504"))
}

func hasType(schema *arrow.Schema, column int, wanted arrow.Type) error {
	field := schema.Field(column)
	return expect("type of "+field.Name, field.Type.ID(), wanted)
}

func poll(ctx context.Context, client *flightsql.Client) error {
	progress := 0.0
	var again *flight.FlightDescriptor
	for {
		answer, err := client.ExecutePoll(ctx, "SELECT count(*) FROM many a WHERE id % 2 = 0", again)
		if err != nil {
			return err
		}
		if answer.Progress != nil {
			if *answer.Progress < progress || *answer.Progress > 1 {
				return fmt.Errorf("progress %v after %v", *answer.Progress, progress)
			}
			progress = *answer.Progress
		}
		if answer.FlightDescriptor == nil {
			got, err := read(ctx, client, answer.Info)
			return first(err, got.is("25000"))
		}
		again = answer.FlightDescriptor
	}
}

// runSlow starts a statement of minutes and gives what its end is sent to. The stream has begun when it returns.
func runSlow(ctx context.Context, client *flightsql.Client) (*flight.FlightInfo, <-chan error, error) {
	info, err := client.Execute(ctx, slow)
	if err != nil {
		return nil, nil, err
	}
	reader, err := client.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		return nil, nil, err
	}
	ended := make(chan error, 1)
	go func() {
		_, err := collect(reader)
		ended <- err
	}()
	return info, ended, nil
}

// untilCancelled repeats cancel until it finds the query running, and then expects its reader to end with CANCELLED.
func untilCancelled(ctx context.Context, ended <-chan error, cancel func() (bool, error)) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := cancel()
		if err != nil {
			return fmt.Errorf("cancelling: %w", err)
		}
		if done {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case err := <-ended:
		return refused(err, codes.Canceled)
	case <-time.After(2 * time.Second):
		return fmt.Errorf("the reader did not end within 2 s")
	}
}

func cancelFlightInfo(ctx context.Context, client *flightsql.Client) error {
	info, ended, err := runSlow(ctx, client)
	if err != nil {
		return err
	}
	return untilCancelled(ctx, ended, func() (bool, error) {
		result, err := client.CancelFlightInfo(ctx, &flight.CancelFlightInfoRequest{Info: info})
		if err != nil {
			return false, err
		}
		return result.GetStatus() == flight.CancelStatusCancelled ||
			result.GetStatus() == flight.CancelStatusCancelling, nil
	})
}

func cancelQuery(ctx context.Context, client *flightsql.Client) error {
	info, ended, err := runSlow(ctx, client)
	if err != nil {
		return err
	}
	return untilCancelled(ctx, ended, func() (bool, error) {
		result, err := client.CancelQuery(ctx, info)
		if err != nil {
			return false, err
		}
		return result == flightsql.CancelResultCancelled || result == flightsql.CancelResultCancelling, nil
	})
}

func grpcCancel(ctx context.Context, client *flightsql.Client) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	_, ended, err := runSlow(inner, client)
	if err != nil {
		return err
	}
	return untilCancelled(ctx, ended, func() (bool, error) { cancel(); return true, nil })
}

func renew(ctx context.Context, client *flightsql.Client) error {
	info, err := client.Execute(ctx, "SELECT 1")
	if err != nil {
		return err
	}
	endpoint := info.Endpoint[0]
	if endpoint.ExpirationTime == nil {
		return fmt.Errorf("the endpoint has no expiration time")
	}
	renewed, err := client.RenewFlightEndpoint(ctx, &flight.RenewFlightEndpointRequest{Endpoint: endpoint})
	if err != nil {
		return err
	}
	if renewed.ExpirationTime.AsTime().Before(endpoint.ExpirationTime.AsTime()) {
		return fmt.Errorf("renewed until %v, before %v", renewed.ExpirationTime, endpoint.ExpirationTime)
	}
	got, err := readTicket(ctx, client, renewed.Ticket)
	return first(err, got.is("1"))
}

func parallel(ctx context.Context, client *flightsql.Client) error {
	ctx = metadata.AppendToOutgoingContext(ctx, "x-bowyer-parallelism", "4")
	info, err := client.Execute(ctx, "SELECT id FROM wide_parts")
	if err != nil {
		return err
	}
	if len(info.Endpoint) < 2 || info.Ordered {
		return fmt.Errorf("%d endpoints, ordered: %v", len(info.Endpoint), info.Ordered)
	}
	got, err := read(ctx, client, info)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, row := range got.rows {
		seen[row] = true
	}
	return first(expect("rows", len(got.rows), 40_000), expect("different rows", len(seen), 40_000))
}

func updates(ctx context.Context, client *flightsql.Client) error {
	const sql = "INSERT INTO trips (id) VALUES (7)"
	_, err := client.ExecuteUpdate(ctx, sql)
	if failure := notWritable(err); failure != nil {
		return fmt.Errorf("ExecuteUpdate: %w", failure)
	}
	_, err = client.Execute(ctx, sql)
	return notWritable(err)
}

func ingestion(ctx context.Context, client *flightsql.Client) error {
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}}, nil)
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	builder.Field(0).(*array.Int64Builder).Append(7)
	reader, err := array.NewRecordReader(schema, []arrow.RecordBatch{builder.NewRecordBatch()})
	if err != nil {
		return err
	}
	_, err = client.ExecuteIngest(ctx, reader, &flightsql.ExecuteIngestOpts{
		TableDefinitionOptions: &flightsql.TableDefinitionOptions{
			IfNotExist: flightsql.TableDefinitionOptionsTableNotExistOptionCreate,
			IfExists:   flightsql.TableDefinitionOptionsTableExistsOptionFail,
		},
		Table: "created",
	})
	return refused(err, codes.Unimplemented)
}

// notWritable checks that a statement which would change something was refused as such.
func notWritable(err error) error {
	var failure error
	for _, code := range []codes.Code{codes.PermissionDenied, codes.InvalidArgument, codes.Unimplemented} {
		if failure = refused(err, code); failure == nil {
			return nil
		}
	}
	return failure
}
