package cts

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// log writes TestRsc lines: seconds, operation, begin or end, code.
func log(lines ...string) []byte {
	var b strings.Builder
	for _, l := range lines {
		var at float64
		var op, what string
		var code int
		fmt.Sscan(l, &at, &op, &what, &code)
		fmt.Fprintf(&b, "%d A %s %s %d\n", int64(at*1e9), op, what, code)
	}
	return []byte(b.String())
}

func TestStartBeforeTheStopElsewhereIsAClash(t *testing.T) {
	held := log("1 start begin", "2 start end 0")
	for _, c := range []struct {
		name  string
		first []byte // calls on r1
		ends  []life
		want  int
	}{
		{"held", held, nil, 1},
		{"still starting", log("1 start begin"), nil, 1},
		{"start failed", log("1 start begin", "2 start end 1"), nil, 0},
		{"stopped", append(log("1 start begin", "2 start end 0"), log("3 stop begin", "4 stop end 0")...), nil, 0},
		{"stop runs still", append(log("1 start begin", "2 start end 0"), log("3 stop begin", "6 stop end 0")...), nil, 1},
		{"stop failed", append(log("1 start begin", "2 start end 0"), log("3 stop begin", "4 stop end 1")...), nil, 1},
		{"stop failed and status says stopped", append(append(log("1 start begin", "2 start end 0"), log("3 stop begin", "3.5 stop end 1")...), log("4 status begin", "4.1 status end 3")...), nil, 0},
		{"the machine was switched off", held, []life{{"r1", time.Unix(3, 0)}}, 0},
		{"the machine was switched off before", held, []life{{"r1", time.Unix(0, 5e8)}}, 1},
	} {
		calls := append(parseCalls("r1", c.first), parseCalls("r2", log("5 start begin", "5.5 start end 0"))...)
		if got := clash(calls, c.ends, time.Unix(4, 0)); len(got) != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestTornCallLogIsReadAsFarAsItGoes(t *testing.T) {
	calls := parseCalls("r1", []byte("x\n1000000000 A start begin 7\n17 B\n2000000000 A start end 0\n3000000000 A stop beg"))
	if len(calls) != 1 || calls[0].End.Sub(calls[0].Begin) != time.Second {
		t.Errorf("read %+v", calls)
	}
	if n := count(calls, "r1", "A", "any", time.Time{}); n != 1 {
		t.Errorf("counted %d", n)
	}
}
