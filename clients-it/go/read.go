package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Rows of a result as text, one line a row, with "|" between the values.
type table struct {
	schema *arrow.Schema
	rows   []string
}

// read fetches all endpoints of info, one after the other.
func read(ctx context.Context, client *flightsql.Client, info *flight.FlightInfo) (table, error) {
	var all table
	if len(info.Endpoint) == 0 {
		return all, fmt.Errorf("no endpoint in %v", info)
	}
	for _, endpoint := range info.Endpoint {
		part, err := readTicket(ctx, client, endpoint.Ticket)
		if err != nil {
			return all, err
		}
		all.schema = part.schema
		all.rows = append(all.rows, part.rows...)
	}
	return all, nil
}

func readTicket(ctx context.Context, client *flightsql.Client, ticket *flight.Ticket) (table, error) {
	reader, err := client.DoGet(ctx, ticket)
	if err != nil {
		return table{}, err
	}
	return collect(reader)
}

// collect reads to the end and releases the reader.
func collect(reader *flight.Reader) (table, error) {
	defer reader.Release()
	got := table{schema: reader.Schema()}
	for reader.Next() {
		batch := reader.RecordBatch()
		for row := range int(batch.NumRows()) {
			values := make([]string, batch.NumCols())
			for column := range values {
				values[column] = batch.Column(column).ValueStr(row)
			}
			got.rows = append(got.rows, strings.Join(values, "|"))
		}
	}
	return got, reader.Err()
}

// ask runs a statement and gives its rows.
func ask(ctx context.Context, client *flightsql.Client, sql string) (table, error) {
	info, err := client.Execute(ctx, sql)
	if err != nil {
		return table{}, err
	}
	return read(ctx, client, info)
}

func (got table) is(rows ...string) error {
	return expect("rows", strings.Join(got.rows, "\n"), strings.Join(rows, "\n"))
}

func (got table) has(row string) error {
	for _, one := range got.rows {
		if one == row {
			return nil
		}
	}
	return fmt.Errorf("no row %q in:\n%s", row, strings.Join(got.rows, "\n"))
}

// refused checks that err is a refusal with this code whose text holds the words.
func refused(err error, code codes.Code, words ...string) error {
	if err == nil {
		return errSucceeded
	}
	got := status.Convert(err)
	if failure := expect("code of \""+got.Message()+"\"", got.Code(), code); failure != nil {
		return failure
	}
	for _, word := range words {
		if !strings.Contains(got.Message(), word) {
			return fmt.Errorf("no %q in the message: %s", word, got.Message())
		}
	}
	return nil
}
