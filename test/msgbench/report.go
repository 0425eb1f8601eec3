package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A cell is all results of one program with one size of messages and one number of nodes.
type cell struct {
	label       string
	nodes, size int
}

// columns of a result that a cell takes the median of.
const (
	colRate = 3 + iota
	colOwn
	colOwn99
	colAnswer
	colAnswer99
	colSent
	colArrived
	colWrong
	columns
)

// report prints the results in a file as a table in Markdown: medians over all runs.
func report(out io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	found := map[cell][columns][]float64{}
	var rows []cell
	var sizes []int
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != columns {
			continue
		}
		c := cell{label: fields[0]}
		c.nodes, _ = strconv.Atoi(fields[1])
		c.size, _ = strconv.Atoi(fields[2])
		values := found[c]
		for i := colRate; i < columns; i++ {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				values[i] = append(values[i], v)
			}
		}
		found[c] = values
		if row := (cell{c.label, c.nodes, 0}); !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
		if !slices.Contains(sizes, c.size) {
			sizes = append(sizes, c.size)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b cell) int { return a.nodes - b.nodes })
	header(out, sizes)
	for _, row := range rows {
		fmt.Fprintf(out, "| %d | %s |", row.nodes, row.label)
		for _, print := range []func([columns][]float64) string{rate, latency(colOwn), latency(colAnswer)} {
			for _, size := range sizes {
				fmt.Fprintf(out, " %s |", print(found[cell{row.label, row.nodes, size}]))
			}
		}
		fmt.Fprintln(out)
	}
	return nil
}

func header(out io.Writer, sizes []int) {
	fmt.Fprint(out, "| nodes | |")
	for _, what := range []string{"messages/s", "own copy", "answer"} {
		for _, size := range sizes {
			fmt.Fprintf(out, " %s %s |", what, sizeName(size))
		}
	}
	fmt.Fprintf(out, "\n|---|---|%s\n", strings.Repeat("---|", 3*len(sizes)))
}

func sizeName(n int) string {
	switch {
	case n >= 1<<16:
		return strconv.Itoa(n>>10) + " KB"
	case n >= 1000:
		return strconv.Itoa(n/1000) + " KB"
	}
	return strconv.Itoa(n) + " B"
}

// rate is messages a second; what was lost or out of order stands beside it.
func rate(v [columns][]float64) string {
	if len(v[colRate]) == 0 {
		return "-"
	}
	text := strconv.FormatFloat(median(v[colRate]), 'f', 0, 64)
	if sent, arrived := sum(v[colSent]), sum(v[colArrived]); arrived < sent {
		text += fmt.Sprintf(" (%.0f %% of them arrived)", 100*arrived/sent)
	}
	if wrong := sum(v[colWrong]); wrong > 0 {
		text += fmt.Sprintf(" (%.0f OUT OF ORDER)", wrong)
	}
	return text
}

// latency is the median with the 99th percentile, in microseconds.
func latency(column int) func([columns][]float64) string {
	return func(v [columns][]float64) string {
		if len(v[column]) == 0 {
			return "-"
		}
		return fmt.Sprintf("%.0f (%.0f)", median(v[column]), median(v[column+1]))
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

func sum(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}
