package crmtool

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/xmltree"
)

// Where the agents of a machine are, below the root of a file system.
const (
	ocfDirectory      = "usr/lib/ocf/resource.d"
	lsbDirectory      = "etc/init.d"
	fenceDirectory    = "usr/sbin"
	pluginDirectory   = "usr/lib/stonith/plugins"
	metadataTimeLimit = 30 * time.Second
)

// programs are the executable files of a directory, by name; none where there is no such directory.
func programs(dir string) (out []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name())) // what a link leads to
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out
}

// providers are those of OCF agents; with a type only those who provide it.
func providers(root, kind string) (out []string) {
	entries, _ := os.ReadDir(filepath.Join(root, ocfDirectory))
	for _, e := range entries {
		dir := filepath.Join(root, ocfDirectory, e.Name())
		info, err := os.Stat(dir)
		if err != nil || !info.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if kind == "" || slices.Contains(programs(dir), kind) {
			out = append(out, e.Name())
		}
	}
	return out
}

// standards are the kinds of agents that this machine can run.
func standards(root string) []string {
	out := []string{"ocf", "lsb", "service"}
	if _, err := os.Stat(filepath.Join(root, "run/systemd/system")); err == nil {
		out = append(out, "systemd")
	}
	return append(out, "stonith")
}

// agentsOf are the agents of a standard, for ocf those of a provider or of all.
func agentsOf(root, standard, provider string) (out []string) {
	switch strings.ToLower(standard) {
	case "ocf":
		for _, p := range providers(root, "") {
			if provider == "" || p == provider {
				out = append(out, programs(filepath.Join(root, ocfDirectory, p))...)
			}
		}
		return out // provider by provider
	case "lsb":
		out = programs(filepath.Join(root, lsbDirectory))
	case "systemd":
		out = units(root)
	case "service":
		out = append(programs(filepath.Join(root, lsbDirectory)), units(root)...)
	case "stonith":
		out = plugins(root)
		for _, name := range programs(filepath.Join(root, fenceDirectory)) {
			if strings.HasPrefix(name, "fence_") {
				out = append(out, name)
			}
		}
		return out
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// units are the services of systemd, where it runs.
func units(root string) (out []string) {
	if !slices.Contains(standards(root), "systemd") {
		return nil
	}
	for _, dir := range []string{"usr/lib/systemd/system", "lib/systemd/system", "etc/systemd/system"} {
		found, _ := filepath.Glob(filepath.Join(root, dir, "*.service"))
		for _, file := range found {
			if name := strings.TrimSuffix(filepath.Base(file), ".service"); !strings.HasSuffix(name, "@") {
				out = append(out, name)
			}
		}
	}
	return out
}

// plugins are the fencing devices of cluster-glue that are programs: its others are libraries for the stonith program only.
func plugins(root string) (out []string) {
	for _, name := range programs(filepath.Join(root, pluginDirectory, "external")) {
		out = append(out, "external/"+name)
	}
	return out
}

// An agentsCall is a question about the agents of this machine, for which no document is needed.
type agentsCall struct {
	*resourceCall
	root string
}

// agents answers such a question; ask is the name of the option.
func (c *resourceCall) agents(ask string) Code {
	a := &agentsCall{resourceCall: c, root: "/"}
	switch ask {
	case "list-standards":
		names := standards(a.root)
		return a.answer(xmltree.New("list", "name", "standards", "count", itoa(len(names))), "item", names)
	case "list-ocf-providers":
		return a.answer(xmltree.New("providers", "standard", "ocf"), "provider", providers(a.root, ""))
	case "list-ocf-alternatives":
		names := providers(a.root, c.name)
		if len(names) == 0 {
			return c.fail(NoSuchObject, "No OCF providers found for "+c.name)
		}
		return a.answer(xmltree.New("providers", "for", c.name), "provider", names)
	case "list-agents":
		return a.list()
	}
	return a.metadata()
}

func (a *agentsCall) answer(list *xmltree.Node, item string, names []string) Code {
	for _, name := range names {
		list.Add(xmltree.New(item).Add(&xmltree.Node{Kind: xmltree.Text, Text: name}))
	}
	a.found = []*xmltree.Node{list}
	return a.done(names)
}

func (a *agentsCall) list() Code {
	standard, provider, _ := strings.Cut(a.name, ":")
	names := agentsOf(a.root, standard, provider)
	if len(names) == 0 {
		text := "No agents found for standard '" + standard + "'"
		if provider != "" {
			text += " and provider '" + provider + "'"
		}
		return a.failed(Error, text)
	}
	list := xmltree.New("agents", "standard", standard)
	if provider != "" {
		list.Set("provider", provider)
	}
	return a.answer(list, "agent", names)
}

// metadata prints what an agent says about itself.
func (a *agentsCall) metadata() Code {
	parts := strings.Split(a.name, ":")
	program, args := "", []string{"meta-data"}
	switch {
	case len(parts) == 3 && parts[0] == "ocf" && slices.Contains(agentsOf(a.root, "ocf", parts[1]), parts[2]):
		program = filepath.Join(a.root, ocfDirectory, parts[1], parts[2])
	case len(parts) == 3 && parts[0] == "ocf" || len(parts) == 2 && slices.Contains(standards(a.root), parts[0]):
		if len(parts) == 2 && parts[0] == "stonith" && strings.HasPrefix(parts[1], "fence_") && slices.Contains(agentsOf(a.root, "stonith", ""), parts[1]) {
			program, args = filepath.Join(a.root, fenceDirectory, parts[1]), []string{"-o", "metadata"}
		}
	default:
		return a.fail(NoSuchObject, "'"+a.name+"' is not a valid agent specification")
	}
	if program == "" {
		return a.fail(NoSuchObject, "Metadata query for "+a.name+" failed: No such device or address")
	}
	ctx, cancel := context.WithTimeout(a.Ctx, metadataTimeLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "OCF_ROOT="+filepath.Join(a.root, "usr/lib/ocf"), "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1",
		"OCF_RESOURCE_TYPE="+parts[len(parts)-1], "OCF_RESOURCE_PROVIDER="+parts[1], "OCF_RESOURCE_INSTANCE="+parts[len(parts)-1])
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return a.failed(Error, "Metadata query for "+a.name+" failed: "+err.Error())
	}
	if a.o.As == "xml" {
		x := xmltree.New("metadata").Add(&xmltree.Node{Kind: xmltree.Text, Text: string(out)})
		return a.PrintResult(OK, []*xmltree.Node{x})
	}
	_, _ = a.Stdout.Write(bytes.TrimRight(out, "\n"))
	a.printf("\n")
	return OK
}
