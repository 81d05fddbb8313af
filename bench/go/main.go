// Clients of the benchmarks that have to be light: `drain` reads results over HTTP and over Flight with the same Arrow
// library, `poll` is many dashboards at once. See ../README.md.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("usage: drain FLIGHT HTTP | poll URL CLIENTS SECONDS PERIOD TAGGED")
	}
	switch arguments[0] {
	case "drain":
		return drain(arguments[1:])
	case "poll":
		return poll(arguments[1:])
	}
	return fmt.Errorf("unknown command: %s", arguments[0])
}
