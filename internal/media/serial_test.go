package media

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/testenv"
	"heartbeat/internal/wire"
)

func serialLine(path string) conf.Medium {
	return conf.Medium{Kind: "serial", Interface: path, Name: path, Baud: 115200}
}

// framed is a frame with that text.
func framed(text string) string { return ">>>\nt=" + text + "\n<<<\n" }

func serialSet(t *testing.T, report func(Trouble), ports ...string) *Set {
	t.Helper()
	var lines []conf.Medium
	for _, p := range ports {
		lines = append(lines, serialLine(p))
	}
	return newSet(t, Config{Media: lines, Report: report, Options: Options{LockDir: t.TempDir()}})
}

func TestFramesCrossASerialCable(t *testing.T) {
	cable := testenv.NewCable(t)
	a, b := serialSet(t, nil, cable.A), serialSet(t, nil, cable.B)
	var want []string
	for i := range 50 {
		text := framed(fmt.Sprint(i, strings.Repeat("x", i*7), "\x11\x13")) // flow control characters are data
		want = append(want, text)
		a.Send([]byte(text + "\x00")) // a datagram ends with a NUL, a frame does not
	}
	got := make([]string, 0, len(want))
	for len(got) < len(want) {
		for i := 0; i < 2; i++ {
			must(t, a.Wait(time.Millisecond)) // the rest of the queue follows at the pace of the line
		}
		must(t, b.Wait(10*time.Millisecond))
		for p, ok := b.Next(); ok; p, ok = b.Next() {
			if p.Link != cable.B || p.Source.IsValid() {
				t.Errorf("link %s, source %s", p.Link, p.Source)
			}
			got = append(got, string(p.Data))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	b.Send([]byte(framed("back")))
	if p := next(t, a); string(p.Data) != framed("back") {
		t.Errorf("the other direction brought %q", p.Data)
	}
}

func TestNoiseCostsNoMoreThanTheFrameItHits(t *testing.T) {
	cable := testenv.NewCable(t)
	a, b := serialSet(t, nil, cable.A), serialSet(t, nil, cable.B)
	cable.Say([]byte("login: \xff\x00<<<\n>>>\nt=torn"))
	b.Send([]byte(framed("first"))) // its beginning looks like part of the torn one
	b.Send([]byte(framed("second")))
	for {
		p := next(t, a)
		if string(p.Data) == framed("second") {
			return
		}
		if !bytes.HasPrefix(p.Data, []byte(">>>\n")) || !bytes.HasSuffix(p.Data, []byte("\n<<<\n")) {
			t.Errorf("no frame: %q", p.Data)
		}
	}
}

func TestPulledSerialAdapterIsReportedAndTheLineTriedAgain(t *testing.T) {
	cable := testenv.NewCable(t)
	var troubles []Trouble
	s := serialSet(t, func(tr Trouble) { troubles = append(troubles, tr) }, cable.A)
	s.Send([]byte(framed("works")))
	cable.Pull()
	for give := time.Now().Add(10 * time.Second); len(troubles) == 0; {
		if time.Now().After(give) {
			t.Fatal("nobody noticed")
		}
		must(t, s.Wait(100*time.Millisecond))
		for _, ok := s.Next(); ok; _, ok = s.Next() {
		}
	}
	if st := s.Stats()[0]; troubles[0].Partial || !strings.Contains(troubles[0].Err.Error(), "plugged in") || st.Open || st.Failure == "" {
		t.Errorf("reported %v; %+v", troubles, st)
	}
}

func TestOneProgramPerSerialPort(t *testing.T) {
	cable := testenv.NewCable(t)
	dir := t.TempDir()
	lock := filepath.Join(dir, "LCK.."+filepath.Base(cable.A))
	must(t, os.WriteFile(lock, fmt.Appendf(nil, "%10d\n", os.Getppid()), 0o644))
	_, err := Open(serialLine(cable.A), Options{LockDir: dir})
	var oe *OpenError
	if !errors.As(err, &oe) || !oe.Waiting() || !strings.Contains(err.Error(), fmt.Sprintf("stop process %d", os.Getppid())) {
		t.Fatalf("a port of another process: %v", err)
	}
	must(t, os.WriteFile(lock, []byte("nonsense"), 0o644))
	m, err := Open(serialLine(cable.A), Options{LockDir: dir})
	must(t, err)
	if holder(lock) != os.Getpid() {
		t.Error("the lock does not name us")
	}
	must(t, m.Close())
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	m, err = Open(serialLine(cable.A), Options{LockDir: filepath.Join(dir, "missing")})
	must(t, err) // a lock is a courtesy
	must(t, m.Close())
}

func TestWhatIsNoSerialPortIsRefusedByName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o644))
	slow := serialLine(testenv.NewCable(t).A)
	slow.Baud = 300
	tests := []struct {
		line    conf.Medium
		want    string
		waiting bool
	}{
		{serialLine(file), "name a serial port", false},
		{serialLine("/dev/null"), "name a serial port", false},
		{serialLine("/dev/no-such-port"), "plugged in", true},
		{slow, "19200", false},
	}
	for _, tt := range tests {
		_, err := Open(tt.line, Options{LockDir: t.TempDir()})
		var oe *OpenError
		if !errors.As(err, &oe) || oe.Waiting() != tt.waiting || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.line.Name, err)
		}
	}
}

func TestRelayGoesToTheOtherSerialLinesOnly(t *testing.T) {
	one, two := testenv.NewCable(t), testenv.NewCable(t)
	m := serialSet(t, nil, one.A, two.A)
	left, right := serialSet(t, nil, one.B), serialSet(t, nil, two.B)
	m.Relay(one.A, []byte(framed("onward")))
	m.Send([]byte(framed("own")))
	if p := next(t, left); string(p.Data) != framed("own") {
		t.Errorf("back where it came from: %q", p.Data)
	}
	for _, want := range []string{"onward", "own"} {
		if p := next(t, right); string(p.Data) != framed(want) {
			t.Errorf("got %q, want %s", p.Data, want)
		}
	}
}

// A stuck line is a pseudo terminal that nobody reads: its buffer fills up, and then nothing moves.
func TestLineThatStandsStillFailsAndRecovers(t *testing.T) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	must(t, err)
	master := os.NewFile(uintptr(fd), "master")
	defer master.Close()
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	must(t, err)
	must(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	port, err := unix.Open(fmt.Sprint("/dev/pts/", n), unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	must(t, err)
	defer unix.Close(port)
	must(t, setRaw(port, 19200))

	w := &frameWriter{tty: port, baud: 19200}
	now := time.Unix(1000, 0)
	frame := []byte(framed(strings.Repeat("h", 390)))
	failed := -1
	for i := 0; i < 2000 && failed < 0; i++ {
		now = now.Add(100 * time.Millisecond)
		switch err := w.put(now, frame); {
		case errors.Is(err, errStalled):
			failed = i
		case err != nil:
			t.Fatal(err)
		}
	}
	if failed < 0 {
		t.Fatal("a line that stands still takes everything")
	}
	if !w.due.IsZero() {
		t.Errorf("it goes on at %v", w.due)
	}
	for range 20 {
		now = now.Add(time.Second)
		if err := w.put(now, frame); !errors.Is(err, errStalled) {
			t.Fatalf("after the failure: %v", err)
		}
	}
	if w.dropped == 0 || len(w.ends) > 2 {
		t.Errorf("%d frames wait, %d were given up", len(w.ends), w.dropped)
	}
	// The neighbour wakes up: what it reads is whole frames.
	reader := frameReader{tty: int(fd)}
	frames := 0
	drain := func() {
		for {
			got, err := reader.next()
			if err == errEmpty {
				return
			}
			must(t, err)
			if !bytes.Equal(got, frame) {
				t.Fatalf("torn: %q", got)
			}
			frames++
		}
	}
	drain()
	for i := 0; i < 100 && (w.stalled || frames == 0 || len(w.ends) > 0); i++ {
		now = now.Add(100 * time.Millisecond)
		if err := w.flush(now); err != nil {
			t.Fatal(err)
		}
		drain()
	}
	if err := w.put(now, frame); err != nil || w.stalled {
		t.Errorf("after its recovery: %v", err)
	}
}

func TestCrowdedLineKeepsTheNewest(t *testing.T) {
	w := &frameWriter{tty: -1, baud: 19200}
	for i := range 100 {
		w.makeRoom(400)
		w.queue = append(w.queue, bytes.Repeat([]byte{byte(i)}, 400)...)
		w.ends = append(w.ends, len(w.queue))
		if i == 0 {
			w.take(1) // the first is on the line
		}
	}
	if len(w.queue) > leastQueue || w.dropped != uint64(100-len(w.ends)) {
		t.Errorf("%d bytes, %d frames, %d given up", len(w.queue), len(w.ends), w.dropped)
	}
	if first, last := w.queue[:399], w.queue[len(w.queue)-400:]; !bytes.Equal(first, make([]byte, 399)) || last[0] != 99 {
		t.Errorf("the frame on the line was torn, or the newest was dropped: %v … %v", first[:4], last[:4])
	}
}

// FuzzFrameReader feeds a line in pieces: whatever comes, every frame that is found is one, memory is bounded, and a good
// frame behind a line end is found.
func FuzzFrameReader(f *testing.F) {
	f.Add([]byte(framed("a")+framed("b")), uint8(3))
	f.Add([]byte(">>>\n>>>\n<<<\n<<<\n"), uint8(1))
	f.Add([]byte("\x00\xff>>>\nt=x\n<<"), uint8(255))
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		var p [2]int
		if err := unix.Pipe2(p[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
			t.Skip(err)
		}
		defer unix.Close(p[0])
		defer unix.Close(p[1])
		data = append(data[:min(len(data), 30<<10):min(len(data), 30<<10)], "\n<<<\n"+framed("the last one")...)
		r := frameReader{tty: p[0]}
		var last []byte
		for len(data) > 0 {
			n := min(int(step)+1, len(data))
			unix.Write(p[1], data[:n])
			data = data[n:]
			for {
				frame, err := r.next()
				if err == errEmpty {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.HasPrefix(frame, []byte(">>>\n")) || !bytes.HasSuffix(frame, []byte("\n<<<\n")) {
					t.Fatalf("no frame: %q", frame)
				}
				last = append(last[:0], frame...)
				_, _ = wire.ParseClassic(frame)
			}
		}
		if string(last) != framed("the last one") || len(r.buf) > lastBuffer {
			t.Errorf("the last frame is %q; buffer of %d bytes", last, len(r.buf))
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
