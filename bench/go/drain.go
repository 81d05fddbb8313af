package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const maxMessage = 256 << 20

// drain takes lines "flight SQL", "http SQL" and "copy SQL" and answers each with the number of rows (of bytes for
// copy, which does not look into them). Batches are decoded and dropped.
func drain(arguments []string) error {
	if len(arguments) != 2 {
		return fmt.Errorf("usage: drain HOST:PORT http://HOST:PORT")
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
	}
	client, err := flightsql.NewClient(arguments[0], nil, nil, options...)
	if err != nil {
		return err
	}
	defer client.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		how, sql, _ := strings.Cut(lines.Text(), " ")
		var count int64
		switch how {
		case "flight":
			count, err = drainFlight(client, sql)
		case "http", "copy":
			count, err = drainHTTP(arguments[1], sql, how == "http")
		default:
			err = fmt.Errorf("unknown: %s", how)
		}
		if err != nil {
			return err
		}
		fmt.Println(count)
	}
	return lines.Err()
}

func drainFlight(client *flightsql.Client, sql string) (int64, error) {
	info, err := client.Execute(context.Background(), sql)
	if err != nil {
		return 0, err
	}
	reader, err := client.DoGet(context.Background(), info.Endpoint[0].Ticket)
	if err != nil {
		return 0, err
	}
	defer reader.Release()
	return rows(reader)
}

func drainHTTP(address, sql string, decode bool) (int64, error) {
	answer, err := http.Post(address+"/v1/sql?format=arrow", "application/sql", bytes.NewReader([]byte(sql)))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		return 0, fmt.Errorf("%s: %s", answer.Status, text)
	}
	if !decode {
		return io.Copy(io.Discard, answer.Body)
	}
	reader, err := ipc.NewReader(answer.Body)
	if err != nil {
		return 0, err
	}
	defer reader.Release()
	return rows(reader)
}

func rows(reader array.RecordReader) (int64, error) {
	var count int64
	for reader.Next() {
		count += reader.RecordBatch().NumRows()
	}
	return count, reader.Err()
}
