// Drives a Bowyer server with arrow-go's Flight SQL client and prints one JSON line per feature. See ../README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const featureTimeout = 20 * time.Second

// What stands in the report for one feature.
type line struct {
	Client  string `json:"client"`
	Feature string `json:"feature"`
	Works   bool   `json:"works"`
	Note    string `json:"note,omitempty"`
}

type feature struct {
	name string
	run  func(context.Context, *flightsql.Client) error
}

// Where the tests' servers listen.
type servers struct {
	open, secured, user, password string
}

func main() {
	var at servers
	flag.StringVar(&at.open, "server", "", "host:port of a server without users")
	flag.StringVar(&at.secured, "secured", "", "host:port of a server with one user")
	flag.StringVar(&at.user, "user", "", "that user")
	flag.StringVar(&at.password, "password", "", "and the password")
	flag.Parse()

	client := "arrow-go " + version()
	out := json.NewEncoder(os.Stdout)
	all := [][]feature{queryFeatures(), preparedFeatures(), metadataFeatures(), sessionFeatures(at)}
	for _, group := range all {
		for _, one := range group {
			result := line{Client: client, Feature: one.name, Works: true}
			if err := attempt(at.open, one); err != nil {
				result.Works, result.Note = false, err.Error()
			}
			if err := out.Encode(result); err != nil {
				panic(err)
			}
		}
	}
}

// Each feature has a connection of its own, so that none inherits another's cookies or trouble.
func attempt(address string, one feature) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), featureTimeout)
	defer cancel()
	client, err := connect(address)
	if err != nil {
		return err
	}
	defer client.Close()
	return one.run(ctx, client)
}

func connect(address string, middleware ...flight.ClientMiddleware) (*flightsql.Client, error) {
	return flightsql.NewClient(
		address, nil, middleware, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

func version() string {
	const module = "github.com/apache/arrow-go/v18"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version[1:]
			}
		}
	}
	return "of an unknown version"
}

func expect[T comparable](what string, got, wanted T) error {
	if got != wanted {
		return fmt.Errorf("%s: %v (expected: %v)", what, got, wanted)
	}
	return nil
}

// first gives the first failure of several checks.
func first(failures ...error) error {
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	return nil
}

var errSucceeded = errors.New("succeeded, and should have been refused")
