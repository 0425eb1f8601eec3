package lab

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"heartbeat/internal/vnet"
)

// The plan of every lab.
const (
	ServiceAddr = "10.77.1.100" // the address that moves
	ServiceCard = "eth0"
	ClientName  = "client"
	MaxNodes    = 32
)

// The networks of a lab, which are also the numbers of a node's links.
const (
	LinkService = 0 // eth0: service network and first heartbeat link
	LinkSecond  = 1 // eth1: second heartbeat link
)

// NodeName is the name of the i-th node, from 1.
func NodeName(i int) string { return fmt.Sprintf("node%d", i) }

// Files are configuration files: path below /etc/ha.d → content.
type Files map[string]string

// places are the private directories of a node: name below its directory on the
// host → where the node sees it.
var places = []struct{ name, inside string }{
	{"etc", "/etc/ha.d"}, {"lib", "/var/lib/heartbeat"}, {"run", "/run"}, {"log", "/var/log"},
}

// spec lays out n nodes and a client in dir.
func spec(dir string, n int, o Options) vnet.Spec {
	s := vnet.Spec{Networks: []vnet.Network{
		{Name: "service", Gateway: []netip.Prefix{netip.MustParsePrefix("10.77.1.254/24")}},
		{Name: "second", Gateway: []netip.Prefix{netip.MustParsePrefix("10.77.2.254/24")}},
	}}
	hosts := "127.0.0.1 localhost\n::1 localhost\n10.77.1.250 client\n" + ServiceAddr + " service\n"
	for i := 1; i <= n; i++ {
		hosts += fmt.Sprintf("10.77.1.%d %s\n", i, o.nodeName(i))
	}
	for i := 1; i <= n; i++ {
		m := vnet.Machine{
			Name: o.nodeName(i),
			Links: []vnet.Link{
				{Network: LinkService, Addrs: []netip.Prefix{hostPrefix("10.77.1", i)}},
				{Network: LinkSecond, Addrs: []netip.Prefix{hostPrefix("10.77.2", i)}},
			},
			Etc:      map[string]string{"hosts": hosts},
			Names:    o.Names,
			Services: [][]string{{program, "lab", "inside", "echo"}},
		}
		for _, p := range places {
			m.Binds = append(m.Binds, vnet.Bind{From: filepath.Join(placesOf(dir, m.Name), p.name), To: p.inside})
		}
		m.Binds = append(m.Binds, o.Binds...)
		if o.BindsFor != nil {
			m.Binds = append(m.Binds, o.BindsFor(m.Name)...)
		}
		if o.IPv6 {
			for net := range m.Links {
				m.Links[net].Addrs = append(m.Links[net].Addrs, prefix6(net, fmt.Sprint(i)))
			}
		}
		s.Machines = append(s.Machines, m)
	}
	if o.IPv6 {
		for net := range s.Networks {
			s.Networks[net].Gateway = append(s.Networks[net].Gateway, prefix6(net, "fe"))
		}
	}
	s.Machines = append(s.Machines, vnet.Machine{
		Name:  ClientName,
		Links: []vnet.Link{{Network: LinkService, Addrs: []netip.Prefix{hostPrefix("10.77.1", 250)}}},
		Etc:   map[string]string{"hosts": hosts},
	})
	return s
}

func hostPrefix(net string, host int) netip.Prefix {
	return netip.MustParsePrefix(fmt.Sprintf("%s.%d/24", net, host))
}

// prefix6 is the IPv6 address of a host on a network of a lab that has IPv6: fd77:1::1 for node1 on the service network.
func prefix6(net int, host string) netip.Prefix {
	return netip.MustParsePrefix(fmt.Sprintf("fd77:%d::%s/64", net+1, host))
}

// program is how a machine calls this very program.
const program = vnet.BinDir + "/heartbeat"

// placesOf is where the host keeps the private directories of a node.
func placesOf(dir, node string) string { return filepath.Join(dir, "places", node) }

// layOut makes the private directories of a node and writes its configuration.
func layOut(dir, node string, files Files) error {
	base := placesOf(dir, node)
	for _, d := range []string{
		"etc/resource.d", "etc/rc.d", "run/lock", "run/heartbeat", "log",
		"lib/cores/root", "lib/cores/nobody", "lib/cores/hacluster", "lib/pengine", "lib/fencing",
	} {
		if err := os.MkdirAll(filepath.Join(base, d), 0o755); err != nil {
			return err
		}
	}
	for _, name := range sortedNames(files) {
		if !filepath.IsLocal(name) {
			return fmt.Errorf("configuration file %q: name it relative to /etc/ha.d", name)
		}
		path := filepath.Join(base, "etc", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		switch {
		case name == "authkeys":
			mode = 0o600
		case strings.HasPrefix(files[name], "#!/"):
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(files[name]), mode); err != nil {
			return err
		}
	}
	web := filepath.Join(base, "etc/resource.d", webAgent)
	if err := os.Symlink(program, web); err != nil && !os.IsExist(err) {
		return err
	}
	return linkInstalled(filepath.Join(base, "etc"))
}

// linkInstalled shows what a package installed in the host's /etc/ha.d (agents,
// shell functions), without its configuration.
func linkInstalled(etc string) error {
	const host = "/etc/ha.d"
	own := map[string]bool{"ha.cf": true, "authkeys": true, "haresources": true}
	for _, sub := range []string{".", "resource.d", "rc.d"} {
		entries, err := os.ReadDir(filepath.Join(host, sub))
		if err != nil {
			continue // nothing is installed here, which is the usual case
		}
		for _, e := range entries {
			name := filepath.Join(sub, e.Name())
			if own[name] || name == "resource.d" || name == "rc.d" {
				continue
			}
			err := os.Symlink(filepath.Join(vnet.HostDir, host, name), filepath.Join(etc, name))
			if err != nil && !os.IsExist(err) {
				return err
			}
		}
	}
	return nil
}

// DefaultDir is where a user's lab lives when no directory is named.
func DefaultDir() string {
	if dir := os.Getenv("HEARTBEAT_LAB"); dir != "" {
		return dir
	}
	if run := os.Getenv("XDG_RUNTIME_DIR"); run != "" {
		if st, err := os.Stat(run); err == nil && st.IsDir() && writable(run) {
			return filepath.Join(run, "heartbeat-lab")
		}
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("heartbeat-lab-%d", os.Geteuid()))
}

// writable is also false for the directory of another user that sudo left in the environment.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".heartbeat-lab-*")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}
