package device

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heartbeat/internal/fencing"
)

// Tool is cluster-glue's program for its plug-ins.
const Tool = "/usr/sbin/stonith"

// agentDirs is where fence agents are.
var agentDirs = []string{"/usr/sbin", "/sbin", "/usr/local/sbin"}

// A Line is a stonith or stonith_host line of ha.cf.
type Line struct {
	Type   string
	Params string // words; for File it is the path of a file with them
	File   bool   // a stonith line: Params is a file
}

// A Device is a line that can be run.
type Device struct {
	line  Line
	agent string // path of the fence agent; empty: a plug-in of cluster-glue
	hosts []string
	known *hostList // of a plug-in; what it said last
}

// IsAgent says that the type is a fence agent: fence_NAME, or the path of one.
func IsAgent(kind string) bool { return strings.HasPrefix(filepath.Base(kind), "fence_") }

// New looks the program of a line up. Its errors are about the machine, not about the parameters.
func New(l Line) (Device, error) {
	d := Device{line: l}
	if !IsAgent(l.Type) {
		if !runnable(Tool) {
			return d, fmt.Errorf("%s is not installed, and %s is a plug-in of it", Tool, l.Type)
		}
		d.known = &hostList{}
		return d, nil
	}
	if filepath.IsAbs(l.Type) {
		if !runnable(l.Type) {
			return d, fmt.Errorf("%s is no program that can be run", l.Type)
		}
		d.agent = l.Type
	}
	for _, dir := range agentDirs {
		if path := filepath.Join(dir, l.Type); d.agent == "" && runnable(path) {
			d.agent = path
		}
	}
	if d.agent == "" {
		return d, fmt.Errorf("there is no fence agent %s in %s", l.Type, strings.Join(agentDirs, ", "))
	}
	for _, p := range pairs(l.Params) {
		if name, value, _ := strings.Cut(p, "="); name == hostsParam {
			d.hosts = strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return r == ',' })
		}
	}
	return d, nil
}

func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// Human says that a person does the work.
func (d Device) Human() bool { return d.line.Type == "meatware" }

// Run carries out an operation and returns how it ended, and the end of what the program said. It returns soon after ctx is done.
func (d Device) Run(ctx context.Context, op fencing.Op, node string) (fencing.Result, string, time.Duration) {
	began := time.Now()
	var r fencing.Result
	var said string
	if d.agent != "" {
		r, said = d.askAgent(ctx, op, node)
	} else {
		r, said = d.askPlugin(ctx, op, node)
	}
	return r, said, time.Since(began)
}

// oneLine makes the output of a program fit for an event: its last lines, joined, without what does not print.
func oneLine(out string) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.TrimSpace(out))
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " / ")
}
