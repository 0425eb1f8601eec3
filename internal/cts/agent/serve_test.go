package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
)

func TestLinesThatAreNoRequestAreAnswered(t *testing.T) {
	var out bytes.Buffer
	if err := Serve(t.Context(), strings.NewReader("nonsense\n{\"op\":\"read\"}\n{\"id\":7,\"op\":\"dance\"}\n{\"id\":8,\"op\":\"run\"}\n"), &out); err != nil {
		t.Fatal(err)
	}
	got := map[uint64]string{}
	n := 0
	for line := range strings.Lines(out.String()) {
		var a Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil || a.Now == 0 {
			t.Errorf("answer %q: %v", line, err)
		}
		got[a.ID] = a.Err
		n++
	}
	if n != 4 || got[0] == "" || !strings.Contains(got[7], `"dance"`) || !strings.Contains(got[8], "no program") {
		t.Errorf("%d answers: %v", n, got)
	}
}

func TestWhatWasBegunEndsWithTheInput(t *testing.T) {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- Serve(context.Background(), inR, outW); outW.Close() }()
	c := NewClient(outR, inW, nil)
	line := make(chan string, 1)
	_, ended, err := c.Stream(func(l string) { line <- l }, "sh", "-c", "echo here; exec sleep 600")
	if err != nil {
		t.Fatal(err)
	}
	if got := <-line; got != "here" {
		t.Errorf("the stream says %q", got)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Errorf("serving ends with %v", err)
	}
	<-ended
	<-c.Done()
}

func FuzzServe(f *testing.F) {
	f.Add([]byte(`{"id":1,"op":"read","path":"/nonexistent"}`))
	f.Add([]byte(`{"id":1,"op":"cancel"}` + "\n{}\n[]\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		for line := range bytes.Lines(in) {
			var r Request
			if json.Unmarshal(line, &r) == nil && r.Op != "" && r.Op != opCancel && r.Op != opRead {
				return // it would do what is asked
			}
			if r.Op == opRead && !strings.HasPrefix(r.Path, "/nonexistent") {
				return
			}
		}
		_ = Serve(context.Background(), bytes.NewReader(in), io.Discard) // it ends, and does not panic
	})
}
