package vnet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Options say where and how a lab is started.
type Options struct {
	Dir    string // its files; made with mode 0700 when missing, removed by Remove
	Binary string // the program started again inside; empty: the running one
	Tied   bool   // the lab ends when the calling process ends, however that ends
}

// A Lab is a running lab, seen from outside.
type Lab struct {
	dir  string
	Spec Spec
	tie  *os.File // nil unless tied; the lab ends when it is closed
	reap func()   // waits for a switchboard that is our child; nil otherwise
}

// ErrNoLab says that no lab runs in a directory.
var ErrNoLab = errors.New("no lab is running")

// leader names the switchboard's process; Start tells it from a later process
// with the same number.
type leader struct {
	PID   int
	Start uint64 // field 22 of /proc/PID/stat
}

// Start makes the switches of spec. The machines are off.
func Start(ctx context.Context, spec Spec, o Options) (*Lab, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	dir, err := ownDir(o.Dir)
	if err != nil {
		return nil, err
	}
	if _, err := running(dir); err == nil {
		return nil, fmt.Errorf("a lab is running in %s already: heartbeat lab down ends it", dir)
	}
	if err := writeJSON(filepath.Join(dir, "spec.json"), spec); err != nil {
		return nil, err
	}
	lab := &Lab{dir: dir, Spec: spec}
	if err := lab.launch(ctx, o); err != nil {
		lab.Remove()
		return nil, err
	}
	return lab, nil
}

// Open connects to the lab running in dir.
func Open(dir string) (*Lab, error) {
	if _, err := running(dir); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "spec.json"))
	if err != nil {
		return nil, err
	}
	lab := &Lab{dir: dir}
	if err := json.Unmarshal(data, &lab.Spec); err != nil {
		return nil, fmt.Errorf("%s/spec.json: %w", dir, err)
	}
	return lab, nil
}

// Dir is where the lab's files are.
func (l *Lab) Dir() string { return l.dir }

// ownDir makes the directory, and refuses one that another user could have laid out.
func ownDir(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("directory of the lab: %w", err)
	}
	var st syscall.Stat_t
	if err := syscall.Lstat(dir, &st); err != nil {
		return "", err
	}
	if int(st.Uid) != os.Geteuid() || st.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		return "", fmt.Errorf("%s belongs to somebody else: choose another directory with --dir", dir)
	}
	return filepath.EvalSymlinks(dir)
}

// launch starts the switchboard and waits until it stands.
func (l *Lab) launch(ctx context.Context, o Options) error {
	binary := o.Binary
	if binary == "" {
		binary = "/proc/self/exe"
	}
	readyR, readyW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer readyR.Close()
	defer readyW.Close()
	log, err := os.OpenFile(filepath.Join(l.dir, "lab.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	user := needsUserNamespace()
	cmd := exec.Command(binary, "lab", "inside", "switchboard", l.dir, map[bool]string{true: "tied", false: "free"}[o.Tied])
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{readyW}
	cmd.SysProcAttr = cloneAs(user)
	if o.Tied {
		tieR, tieW, err := os.Pipe()
		if err != nil {
			return err
		}
		defer tieR.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, tieR)
		l.tie = tieW
	}
	if err := cmd.Start(); err != nil {
		return explain(err, user, os.ReadFile)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	l.reap = func() { <-ended }
	if err := l.note(cmd.Process.Pid); err != nil {
		cmd.Process.Kill()
		return err
	}
	readyW.Close()
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	defer stop()
	return awaitReady(ctx, readyR, user, l.dir)
}

func awaitReady(ctx context.Context, ready *os.File, user bool, dir string) error {
	var r reply
	if err := json.NewDecoder(ready).Decode(&r); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		last, _ := os.ReadFile(filepath.Join(dir, "lab.log"))
		return fmt.Errorf("the lab died while starting: %s", strings.TrimSpace(string(last)))
	}
	if r.Error == "" {
		return nil
	}
	if user && strings.Contains(r.Error, syscall.EPERM.Error()) {
		// A namespace that may be made but not used: AppArmor's way to forbid it.
		if why := explain(syscall.EPERM, true, os.ReadFile); strings.Contains(why.Error(), "sysctl") {
			return why
		}
	}
	return errors.New(r.Error)
}

// note writes down who leads the lab, for Open and Remove of other processes.
func (l *Lab) note(pid int) error {
	start, err := startTime(pid)
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(l.dir, "leader.json"), leader{pid, start})
}

// running returns the switchboard's process number, or ErrNoLab.
func running(dir string) (int, error) {
	none := fmt.Errorf("%w in %s: heartbeat lab up starts one", ErrNoLab, dir)
	data, err := os.ReadFile(filepath.Join(dir, "leader.json"))
	if err != nil {
		return 0, none
	}
	var who leader
	if err := json.Unmarshal(data, &who); err != nil {
		return 0, none
	}
	if start, err := startTime(who.PID); err != nil || start != who.Start {
		return 0, none
	}
	return who.PID, nil
}

// startTime tells processes of one number apart; a zombie counts as gone.
func startTime(pid int) (uint64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), ") ") // the program's name is in parentheses
	fields := strings.Fields(rest)
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return 0, os.ErrNotExist
	}
	return strconv.ParseUint(fields[19], 10, 64)
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Possible says whether this user may start a lab here: nil, or why not and what
// to do about it.
func Possible() error {
	user := needsUserNamespace()
	cmd := exec.Command("/proc/self/exe", "lab", "inside", "nothing")
	cmd.SysProcAttr = cloneAs(user)
	if err := cmd.Run(); err != nil {
		return explain(err, user, os.ReadFile)
	}
	return nil
}

// cloneAs asks for the namespaces of a switchboard. An ordinary user is root in
// a namespace of users; nobody else exists there.
func cloneAs(user bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: isolated, Setsid: true}
	if user {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}
