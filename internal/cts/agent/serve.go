package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/fsutil"
)

// runDir is where the node of the machine has its socket.
const runDir = "/run/heartbeat"

// A server answers one pipe.
type server struct {
	node *api.Client

	wmu sync.Mutex // guards out
	out *json.Encoder

	mu      sync.Mutex // guards cancels
	cancels map[uint64]context.CancelFunc
	wg      sync.WaitGroup
}

// Serve answers the requests that it reads from in until that ends; what it began ends with it, but for what was spawned. A line that is no
// request is answered with an error.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, end := context.WithCancel(ctx)
	s := &server{node: api.NewClient(runDir), out: json.NewEncoder(out), cancels: map[uint64]context.CancelFunc{}}
	defer s.wg.Wait()
	defer end()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, mostLine)
	for lines.Scan() {
		var r Request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil || r.ID == 0 {
			s.answer(Answer{Err: "this is no request: one JSON object a line, with an id above 0"})
			continue
		}
		if r.Op == opCancel {
			s.cancel(r.ID)
			continue
		}
		s.begin(ctx, r)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading requests: %w", err)
	}
	return nil
}

func (s *server) begin(ctx context.Context, r Request) {
	ctx, end := context.WithCancel(ctx)
	s.mu.Lock()
	s.cancels[r.ID] = end
	s.mu.Unlock()
	s.wg.Go(func() {
		defer s.cancel(r.ID)
		a, err := s.do(ctx, r)
		if err != nil {
			a.Err = err.Error()
		}
		a.ID = r.ID
		s.answer(a)
	})
}

func (s *server) cancel(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end := s.cancels[id]; end != nil {
		end()
		delete(s.cancels, id)
	}
}

// answer writes a line; when nobody reads any more, the end of the input will tell.
func (s *server) answer(a Answer) {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	a.Now = time.Now().UnixNano()
	_ = s.out.Encode(a)
}

func (s *server) do(ctx context.Context, r Request) (a Answer, err error) {
	switch r.Op {
	case opRun:
		return run(ctx, r.Argv)
	case opSpawn:
		return a, spawn(r.Argv)
	case opStream:
		return s.stream(ctx, r)
	case opWatch:
		return a, s.watch(ctx, r.ID)
	case opRead:
		a.Data, err = read(r.Path)
		return a, err
	case opWrite:
		return a, write(r.Path, r.Data, fs.FileMode(r.Mode).Perm())
	case opStatus:
		st, err := s.node.Status(ctx)
		if err != nil {
			return a, err
		}
		a.Data, err = json.Marshal(st)
		return a, err
	case opEvents:
		list, err := s.node.Events(ctx, r.After, 0)
		if err != nil {
			return a, err
		}
		a.Data, err = json.Marshal(list)
		return a, err
	}
	return a, fmt.Errorf("%q is no operation of this version", r.Op)
}

// A tail keeps the end of what a program writes.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if over := len(t.text) - mostOutput; over > 0 {
		t.text = t.text[over:]
	}
	return len(p), nil
}

func command(ctx context.Context, argv []string) (*exec.Cmd, error) {
	if len(argv) == 0 {
		return nil, errors.New("no program is named")
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second // what it left in the background may hold its output open
	return cmd, nil
}

func run(ctx context.Context, argv []string) (a Answer, err error) {
	cmd, err := command(ctx, argv)
	if err != nil {
		return a, err
	}
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	a.Code, err = ended(cmd.Run())
	a.Data = out.text
	return a, err
}

// ended is the exit code of a program; a signal is 128 and its number, as the shell has it.
func ended(err error) (int, error) {
	if errors.Is(err, exec.ErrWaitDelay) {
		return 0, nil
	}
	e, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 0, err
	}
	if st, ok := e.Sys().(syscall.WaitStatus); ok && st.Signaled() {
		return 128 + int(st.Signal()), nil
	}
	return e.ExitCode(), nil
}

func spawn(argv []string) error {
	cmd, err := command(context.Background(), argv)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // only so that it does not stay a zombie
	return nil
}

// stream tells the lines of a program as they come; its input stays open until the request is cancelled.
func (s *server) stream(ctx context.Context, r Request) (a Answer, err error) {
	cmd, err := command(ctx, r.Argv)
	if err != nil {
		return a, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return a, err
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return a, err
	}
	if err := cmd.Start(); err != nil {
		return a, err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, mostOutput)
	for lines.Scan() {
		s.answer(Answer{ID: r.ID, Line: lines.Text(), More: true})
	}
	a.Code, err = ended(cmd.Wait())
	return a, err
}

func read(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if len(data) > mostOutput {
		return nil, fmt.Errorf("%s has %d bytes, above the limit of %d", path, len(data), mostOutput)
	}
	return data, err
}

func write(path string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return fsutil.Replace(path, data, mode) // the power may go the next moment; and a script that runs keeps its text
}
