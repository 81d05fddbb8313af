package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"
)

const warmUp = 3 * time.Second

type polled struct {
	Requests int64         `json:"requests"`
	Seconds  float64       `json:"seconds"`
	P50      float64       `json:"p50_ms"`
	P99      float64       `json:"p99_ms"`
	Bytes    int64         `json:"bytes"`
	Statuses map[int]int64 `json:"statuses"`
}

// poll is CLIENTS dashboards, each with a connection of its own, that ask for one URL every PERIOD (0s: at once again), for
// SECONDS after a warm-up; with TAGGED=true they send the entity tag of the last answer. It prints "started" when the
// measured time begins, and at its end one JSON object.
func poll(arguments []string) error {
	if len(arguments) != 5 {
		return fmt.Errorf("usage: poll URL CLIENTS SECONDS PERIOD TAGGED")
	}
	clients, err := strconv.Atoi(arguments[1])
	if err != nil {
		return err
	}
	seconds, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	period, err := time.ParseDuration(arguments[3])
	if err != nil {
		return err
	}
	started := time.Now().Add(warmUp)
	until := started.Add(time.Duration(seconds) * time.Second)
	dashboards := make([]dashboard, clients)
	var all sync.WaitGroup
	for i := range dashboards {
		one := &dashboards[i]
		*one = dashboard{url: arguments[0], tagged: arguments[4] == "true", statuses: map[int]int64{}}
		all.Go(func() {
			// Not all in the same moment.
			time.Sleep(period * time.Duration(i) / time.Duration(clients))
			one.run(started, until, period)
		})
	}
	time.Sleep(time.Until(started))
	fmt.Println("started")
	all.Wait()
	return report(dashboards, float64(seconds))
}

type dashboard struct {
	url      string
	tagged   bool
	tag      string
	took     []time.Duration
	bytes    int64
	statuses map[int]int64
	failure  error
}

func (d *dashboard) run(started, until time.Time, period time.Duration) {
	client := http.Client{Transport: &http.Transport{MaxConnsPerHost: 1, DisableCompression: true}, Timeout: time.Minute}
	for time.Now().Before(until) {
		asked := time.Now()
		if d.failure = d.ask(&client, asked.After(started)); d.failure != nil {
			return
		}
		time.Sleep(period - time.Since(asked))
	}
}

func (d *dashboard) ask(client *http.Client, counts bool) error {
	request, err := http.NewRequest(http.MethodGet, d.url, nil)
	if err != nil {
		return err
	}
	if d.tagged && d.tag != "" {
		request.Header.Set("If-None-Match", d.tag)
	}
	asked := time.Now()
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	read, err := io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return err
	}
	d.tag = answer.Header.Get("ETag")
	if counts {
		d.took = append(d.took, time.Since(asked))
		d.bytes += read
		d.statuses[answer.StatusCode]++
	}
	return nil
}

func report(dashboards []dashboard, seconds float64) error {
	result := polled{Seconds: seconds, Statuses: map[int]int64{}}
	var took []time.Duration
	for _, one := range dashboards {
		if one.failure != nil {
			return one.failure
		}
		took = append(took, one.took...)
		result.Bytes += one.bytes
		for status, count := range one.statuses {
			result.Statuses[status] += count
		}
	}
	if len(took) == 0 {
		return fmt.Errorf("no answer within the measured time")
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	result.Requests = int64(len(took))
	result.P50 = float64(took[len(took)/2].Microseconds()) / 1e3
	result.P99 = float64(took[len(took)*99/100].Microseconds()) / 1e3
	return json.NewEncoder(os.Stdout).Encode(result)
}
