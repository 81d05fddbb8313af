package main

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

func sessionFeatures(at servers) []feature {
	return []feature{
		{"session options", func(ctx context.Context, _ *flightsql.Client) error { return sessions(ctx, at) }},
		{"session options without cookies are refused", sessionWithoutCookies},
		{"options as headers", headers},
		{"login with a password", func(ctx context.Context, _ *flightsql.Client) error { return login(ctx, at) }},
	}
}

func sessions(ctx context.Context, at servers) error {
	client, err := connect(at.open, flight.NewClientCookieMiddleware())
	if err != nil {
		return err
	}
	defer client.Close()
	if failure := notNative(ctx, client); failure != nil {
		return failure
	}
	if err := set(ctx, client, "wire", "native"); err != nil {
		return err
	}
	options, err := client.GetSessionOptions(ctx, &flight.GetSessionOptionsRequest{})
	if err != nil {
		return err
	}
	got, err := ask(ctx, client, "SELECT u8 FROM widened_arrow")
	if err != nil {
		return err
	}
	failure := first(
		expect("wire", options.SessionOptions["wire"].GetStringValue(), "native"),
		hasType(got.schema, 0, arrow.UINT8))
	if failure != nil {
		return failure
	}
	wrong, err := client.SetSessionOptions(ctx, request("no-such-option", "x"))
	if err != nil {
		return err
	}
	if failure := expect("error of an unknown name", wrong.Errors["no-such-option"].GetValue(),
		flight.SetSessionOptionsResultErrorInvalidName); failure != nil {
		return failure
	}
	closed, err := client.CloseSession(ctx, &flight.CloseSessionRequest{})
	if err != nil {
		return err
	}
	if failure := expect("status", closed.Status, flight.CloseSessionResultClosed); failure != nil {
		return failure
	}
	got, err = ask(ctx, client, "SELECT u8 FROM widened_arrow")
	if err != nil {
		// A closed session's cookie may be refused; rows typed by it may not come.
		return nil
	}
	return hasType(got.schema, 0, arrow.INT16)
}

// set sets an option, again if this client lost it: its middleware takes the cookie out of an answer only if it sees the
// stream's end before gRPC has cancelled the stream's context, which it sometimes does not.
func set(ctx context.Context, client *flightsql.Client, name, value string) error {
	for range 3 {
		result, err := client.SetSessionOptions(ctx, request(name, value))
		if err != nil {
			return err
		}
		if failure := expect("errors of setting "+name, len(result.Errors), 0); failure != nil {
			return failure
		}
		options, err := client.GetSessionOptions(ctx, &flight.GetSessionOptionsRequest{})
		if err == nil && options.SessionOptions[name].GetStringValue() == value {
			return nil
		}
	}
	return fmt.Errorf("%s does not become %s", name, value)
}

func request(name, value string) *flight.SetSessionOptionsRequest {
	option, err := flight.NewSessionOptionValue(value)
	if err != nil {
		panic(err)
	}
	return &flight.SetSessionOptionsRequest{SessionOptions: map[string]*flight.SessionOptionValue{name: &option}}
}

// sessionWithoutCookies: a client that gives no cookie back and has no token holds no session, and is told so.
func sessionWithoutCookies(ctx context.Context, client *flightsql.Client) error {
	if _, err := client.SetSessionOptions(ctx, request("wire", "native")); err != nil {
		return nil
	}
	return notNative(ctx, client)
}

// notNative: there is no session, or one in which nobody asked for native types.
func notNative(ctx context.Context, client *flightsql.Client) error {
	options, err := client.GetSessionOptions(ctx, &flight.GetSessionOptionsRequest{})
	if err == nil && options.SessionOptions["wire"].GetStringValue() == "native" {
		return fmt.Errorf("the options of no session say native: %v", options)
	}
	return nil
}

func headers(ctx context.Context, client *flightsql.Client) error {
	ctx = metadata.AppendToOutgoingContext(ctx, "x-bowyer-timestamp-unit", "ns", "x-bowyer-decimal", "double")
	got, err := ask(ctx, client, "SELECT t.tip, p.at_us FROM trips t JOIN types_parquet p ON t.id = p.id WHERE p.id = 1")
	if err != nil {
		return err
	}
	if failure := hasType(got.schema, 0, arrow.FLOAT64); failure != nil {
		return failure
	}
	unit := got.schema.Field(1).Type.(*arrow.TimestampType).Unit
	if failure := expect("unit of a timestamp", unit, arrow.Nanosecond); failure != nil {
		return failure
	}
	_, err = ask(metadata.AppendToOutgoingContext(ctx, "x-bowyer-no-such-option", "x"), client, "SELECT 1")
	return refused(err, codes.InvalidArgument, "no-such-option")
}

func login(ctx context.Context, at servers) error {
	client, err := connect(at.secured)
	if err != nil {
		return err
	}
	defer client.Close()
	_, stranger := client.Execute(ctx, "SELECT 1")
	_, wrong := client.Client.AuthenticateBasicToken(ctx, at.user, at.password+"x")
	failure := first(
		refused(stranger, codes.Unauthenticated),
		refused(wrong, codes.Unauthenticated, "wrong user or password"))
	if failure != nil {
		return failure
	}
	known, err := client.Client.AuthenticateBasicToken(ctx, at.user, at.password)
	if err != nil {
		return err
	}
	got, err := ask(known, client, "SELECT 1")
	return first(err, got.is("1"))
}
