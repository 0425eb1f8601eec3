package device

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"heartbeat/internal/fencing"
)

// Exit code of the tool when the device cannot switch the node (S_BADHOST); 0 is success and everything else a failure.
const codeBadHost = 4

// askPlugin runs a plug-in of cluster-glue.
func (d Device) askPlugin(ctx context.Context, op fencing.Op, node string) (fencing.Result, string) {
	args, env, err := d.pluginCall(ctx)
	if err != nil {
		return fencing.Bad, err.Error()
	}
	if (op == fencing.Reset || op == fencing.Off) && !d.known.has(node) {
		return fencing.BadHost, "its host list is: " + d.known.String()
	}
	switch op {
	case fencing.Status:
		d.learn(ctx, args, env)
		args = append(args, "-S")
	case fencing.List:
		args = append(args, "-l")
	case fencing.Reset, fencing.Off:
		args = append(args, "-T", string(op), node)
	}
	code, stdout, all, err := call(ctx, Tool, args, env, "")
	switch {
	case err != nil:
		return fencing.Bad, strings.TrimPrefix(oneLine(all)+" / "+err.Error(), " / ")
	case code == codeBadHost:
		return fencing.BadHost, oneLine(all)
	case code != 0:
		return fencing.Bad, fmt.Sprintf("exit code %d%s", code, behind(oneLine(all)))
	case op == fencing.List && !slices.Contains(strings.Fields(strings.ToLower(stdout)), node):
		return fencing.BadHost, "its host list is: " + oneLine(stdout)
	}
	return fencing.Good, oneLine(all)
}

// A hostList is the nodes that a plug-in said it can switch. Some plug-ins report success for any other node too, so the list is
// compared before they are asked.
type hostList struct {
	mu    sync.Mutex
	names []string
}

func (l *hostList) has(node string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.names) == 0 || slices.Contains(l.names, node)
}

func (l *hostList) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.names, " ")
}

// learn asks for the list, which not every plug-in has.
func (d Device) learn(ctx context.Context, args, env []string) {
	code, stdout, _, err := call(ctx, Tool, append(slices.Clone(args), "-l"), env, "")
	if err == nil && code == 0 {
		d.known.mu.Lock()
		d.known.names = strings.Fields(strings.ToLower(stdout))
		d.known.mu.Unlock()
	}
}

func behind(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// pluginCall is how the plug-in gets its parameters: in the environment, where other users of the machine do not see passwords.
func (d Device) pluginCall(ctx context.Context) (args, env []string, err error) {
	args = []string{"-t", d.line.Type}
	if d.line.File {
		return append(args, "-F", d.line.Params), baseEnv(), nil
	}
	names, err := d.pluginNames(ctx)
	if err != nil {
		return nil, nil, err
	}
	values, err := assign(names, d.line.Params)
	if err != nil {
		return nil, nil, err
	}
	return append(args, "-E"), append(baseEnv(), values...), nil
}

// baseEnv is small: what the daemon was started with is none of a device's business.
func baseEnv() []string {
	return []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
}

// pluginNames are the parameters that the plug-in wants, in the order of a stonith_host line.
func (d Device) pluginNames(ctx context.Context) ([]string, error) {
	code, stdout, all, err := call(ctx, Tool, []string{"-t", d.line.Type, "-n"}, baseEnv(), "")
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d%s", code, behind(oneLine(all)))
	}
	if err != nil {
		return nil, fmt.Errorf("asking %s for its parameters: %w", d.line.Type, err)
	}
	return strings.Fields(stdout), nil
}

// assign gives the words of a line to the parameters: one each, and the rest to the last one, as C does; or by name when all words
// are name=value.
func assign(names []string, params string) ([]string, error) {
	words := strings.Fields(params)
	if byName := namedWords(names, words); byName != nil {
		return byName, nil
	}
	if len(words) < len(names) {
		return nil, fmt.Errorf("it needs %d parameters: %s; the line has %d", len(names), strings.Join(names, " "), len(words))
	}
	if len(names) == 0 && len(words) > 0 {
		return nil, fmt.Errorf("it takes no parameters")
	}
	var out []string
	for i, name := range names {
		value := words[i]
		if i == len(names)-1 {
			value = strings.Join(words[i:], " ")
		}
		out = append(out, name+"="+value)
	}
	return out, nil
}

// namedWords returns the words when each of them names a parameter.
func namedWords(names, words []string) []string {
	for _, w := range words {
		name, _, ok := strings.Cut(w, "=")
		if !ok || !slices.Contains(names, name) {
			return nil
		}
	}
	if len(words) == 0 {
		return nil
	}
	return words
}
