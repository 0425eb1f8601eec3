package timeline

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/testenv"
)

func say(text string) event.Event {
	return event.Event{Kind: event.NodeDead, Subject: "n2", Text: text, Cause: "link.dead n2/eth0", Attrs: []event.Attr{{Key: "silent", Value: "3s"}}}
}

func lines(t *testing.T, path string) []map[string]any {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []map[string]any
	for s := bufio.NewScanner(f); s.Scan(); {
		var m map[string]any
		if err := json.Unmarshal(s.Bytes(), &m); err != nil {
			t.Fatalf("%s: %v in %q", path, err, s.Text())
		}
		out = append(out, m)
	}
	return out
}

func TestRecordsAreNumberedKeptAndWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "events.jsonl")
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	var sunk []uint64
	tl := New(Config{Node: "n1", File: file, Now: func() time.Time { return at }, Sink: func(r event.Record) { sunk = append(sunk, r.ID) }})
	tl.Add(say("n2 is <dead> & gone"))
	tl.Add(say("second"))
	tl.Close(time.Minute)
	if got := tl.After(0, 0); len(got) != 2 || got[0].ID != 1 || got[1].Text != "second" || !got[0].At.Equal(at) || got[0].Node != "n1" {
		t.Errorf("kept %+v", got)
	}
	if fmt.Sprint(sunk) != "[1 2]" {
		t.Errorf("the log was given %v", sunk)
	}
	got := lines(t, file)
	if len(got) != 2 || got[0]["event"] != "node.dead" || got[0]["level"] != "warning" || got[0]["text"] != "n2 is <dead> & gone" ||
		got[0]["cause"] != "link.dead n2/eth0" || got[0]["attrs"].(map[string]any)["silent"] != "3s" {
		t.Errorf("written %v", got)
	}
}

func TestAfterPagesAndForgets(t *testing.T) {
	tl := New(Config{})
	for i := range Kept + 10 {
		changed := tl.Changed()
		tl.Add(say(fmt.Sprint(i + 1)))
		<-changed // a watcher is woken by every record
	}
	tl.Close(time.Minute)
	tests := []struct {
		after       uint64
		limit       int
		first, last string
		n           int
	}{
		{0, 3, "11", "13", 3},                 // the first ten are forgotten
		{20, 2, "21", "22", 2},                // paging on
		{Kept + 8, 100, "4105", "4106", 2},    // the end
		{Kept + 10, 100, "", "", 0},           // nothing new
		{1 << 60, 100, "", "", 0},             // from a former life
		{5, -1, "11", "4106", Kept},           // all
		{Kept + 9, 0, "4106", "4106", 1},      // 0 is no limit
		{10, Kept + 50, "11", "4106", Kept},   // more than there is
		{11, Kept, "12", "4106", Kept - 1},    // one less
		{Kept, 1, "4097", "4097", 1},          // across the seam of the ring
		{Kept - 1, 2, "4096", "4097", 2},      // on the seam
		{9, 1, "11", "11", 1},                 // before what is kept
		{Kept + 5, 3, "4102", "4104", 3},      // inside
		{0, Kept, "11", "4106", Kept},         // exactly all
		{Kept + 10 - 1, 5, "4106", "4106", 1}, // the last
	}
	for _, tt := range tests {
		got := tl.After(tt.after, tt.limit)
		if len(got) != tt.n || tt.n > 0 && (got[0].Text != tt.first || got[len(got)-1].Text != tt.last) {
			t.Errorf("After(%d, %d): %d records", tt.after, tt.limit, len(got))
		}
	}
}

func TestJournalIsRotatedAtItsLimit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "events.jsonl")
	const limit = 2000
	for life := range 3 { // a restart goes on with the same file
		tl := New(Config{Node: "n1", File: file, Limit: limit})
		for i := range 20 {
			tl.Add(say(fmt.Sprintf("life %d record %d", life, i)))
		}
		tl.Close(time.Minute)
	}
	now, before := lines(t, file), lines(t, file+".1")
	if len(now) == 0 || len(before) == 0 || now[len(now)-1]["text"] != "life 2 record 19" {
		t.Errorf("%d lines now, %d before", len(now), len(before))
	}
	for _, f := range []string{file, file + ".1"} {
		if info, _ := os.Stat(f); info.Size() > limit {
			t.Errorf("%s has %d bytes", f, info.Size())
		}
	}
	if all, _ := filepath.Glob(file + "*"); len(all) != 2 {
		t.Errorf("files: %v", all)
	}
}

func TestFullDiskCostsLinesNotRecords(t *testing.T) {
	testenv.NeedRoot(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16k"); err != nil {
		testenv.Need(t, "mount of a tmpfs", false, "run as root with CAP_SYS_ADMIN: "+err.Error())
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	var failures []error
	tl := New(Config{Node: "n1", File: filepath.Join(dir, "events.jsonl"), FileFailed: func(err error) { failures = append(failures, err) }})
	const n = 200
	for i := range n {
		tl.Add(say(fmt.Sprintf("record %d %0100d", i, i)))
	}
	tl.Close(time.Minute)
	events, lost := tl.Dropped()
	if got := len(tl.After(0, 0)); got != n || events != 0 {
		t.Errorf("%d of %d records in memory, %d dropped", got, n, events)
	}
	if len(failures) != 1 || !errors.Is(failures[0], syscall.ENOSPC) {
		t.Errorf("reported: %v", failures)
	}
	if written := len(lines(t, filepath.Join(dir, "events.jsonl"))); written+int(lost) != n || lost == 0 {
		t.Errorf("%d written, %d lost, %d recorded", written, lost, n)
	}
}
