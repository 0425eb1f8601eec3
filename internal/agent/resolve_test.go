package agent

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/conf"
	"heartbeat/internal/netif"
	"heartbeat/internal/testenv"
)

// machine is a machine's directories with the files given, each executable.
func machine(t *testing.T, files ...string) Dirs {
	t.Helper()
	root := t.TempDir()
	for _, f := range files {
		path := filepath.Join(root, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho $OCF_RESKEY_state $__OCF_ACTION $OCF_RESOURCE_INSTANCE; exit 7\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return Dirs{
		ResourceD: filepath.Join(root, "ha.d/resource.d"), InitD: filepath.Join(root, "init.d"),
		OCFRoot: filepath.Join(root, "ocf"), SystemD: []string{filepath.Join(root, "units")},
	}
}

func TestFileWinsOverUnitAndResourceDirectoryOverInit(t *testing.T) {
	dirs := machine(t, "ha.d/resource.d/a", "init.d/a", "init.d/b", "units/a.service", "units/b.service", "units/c.service", "ha.d/resource.d/IPaddr")
	cfg := ResolveConfig{Dirs: dirs, NativeIP: true, Kernel: &netif.Fake{}}
	for word, want := range map[string]string{
		"a": "resource.d", "b": "lsb", "c": "systemd",
		"IPaddr::10.0.0.1":  "resource.d", // not the one distributions ship
		"IPaddr2::10.0.0.1": "native",
	} {
		a, err := Resolve(resource(word), cfg)
		if err != nil || a.Class() != want {
			t.Errorf("%s: %v, %v; want class %s", word, a, err, want)
		}
	}
	a, _ := Resolve(resource("IPaddr::10.0.0.1"), cfg)
	if got := SiteModified(a); !strings.Contains(got, "differs") {
		t.Errorf("a changed wrapper is not mentioned: %q", got)
	}
}

func TestShippedWrapperIsReplacedUnlessNativeAddressesAreOff(t *testing.T) {
	const dir = "/etc/ha.d/resource.d"
	_, err := os.Stat(dir + "/IPaddr")
	testenv.Need(t, "the heartbeat package", err == nil, "apt-get install heartbeat")
	for word, native := range map[string]string{"IPaddr": "10.0.0.1", "IPaddr2": "10.0.0.1", "IPv6addr": "fd00::1"} {
		for on, class := range map[bool]string{true: "native", false: "resource.d"} {
			res := conf.Resource{Word: word + "::" + native, Script: word, Args: []string{native}}
			a, err := Resolve(res, ResolveConfig{Dirs: Dirs{ResourceD: dir}, NativeIP: on, Kernel: &netif.Fake{}})
			if err != nil || a.Class() != class {
				t.Errorf("%s with native_ip %v: %v, %v; want class %s", word, on, a, err, class)
			}
		}
	}
}

func TestUnknownScriptNamesThePlacesLookedAt(t *testing.T) {
	dirs := machine(t)
	for _, word := range []string{"nothing", "../sh", "OCF::Dummy::x", "ocf:heartbeat:Nothing"} {
		_, err := Resolve(resource(word), ResolveConfig{Dirs: dirs})
		if !errors.Is(err, ErrNoScript) || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestOwnOCFFormPassesParametersAndNamesTheCode(t *testing.T) {
	dirs := machine(t, "ocf/resource.d/heartbeat/Dummy")
	a, err := Resolve(conf.Resource{Word: "ocf:heartbeat:Dummy::state=/run/x", Script: "ocf:heartbeat:Dummy", Args: []string{"state=/run/x"}}, ResolveConfig{Dirs: dirs})
	if err != nil || a.Class() != "ocf" {
		t.Fatal(a, err)
	}
	if got := a.Run(t.Context(), Status, Env{}); got.OK || got.Output != "/run/x monitor ocf_heartbeat_Dummy__state=_run_x" {
		t.Errorf("status: %+v", got)
	}
	if got := a.Run(t.Context(), Start, Env{}); got.OK || got.Code != 7 || !strings.HasSuffix(got.Output, "exit code 7: Resource is stopped") {
		t.Errorf("start: %+v", got)
	}
}

func TestOCFInstanceFileGivesTheVariables(t *testing.T) {
	dirs := machine(t, "ocf/resource.d/linbit/Dummy", "ha.d/conf/OCF/Dummy/web")
	file := filepath.Join(filepath.Dir(dirs.ResourceD), "conf/OCF/Dummy/web")
	if err := os.WriteFile(file, []byte("# instance\nOCF_RESKEY_state=\"/run/y\" # here\n\nexport B=2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := Resolve(resource("OCF::Dummy::web"), ResolveConfig{Dirs: dirs})
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Run(t.Context(), Status, Env{}); got.OK || got.Output != "/run/y monitor web" {
		t.Errorf("%+v", got)
	}
}

func TestDebianScriptsRun(t *testing.T) {
	const dir = "/etc/ha.d/resource.d"
	_, err := os.Stat(dir + "/Delay")
	_, err2 := os.Stat("/usr/lib/ocf/resource.d/heartbeat/Dummy")
	testenv.Need(t, "heartbeat and resource-agents", err == nil && err2 == nil, "apt-get install heartbeat resource-agents")
	testenv.NeedRoot(t)
	state := filepath.Join(t.TempDir(), "state")
	res := conf.Resource{Word: "ocf:heartbeat:Dummy::state=" + state, Script: "ocf:heartbeat:Dummy", Args: []string{"state=" + state}}
	a, err := Resolve(res, ResolveConfig{Dirs: Dirs{ResourceD: dir, OCFRoot: "/usr/lib/ocf"}})
	if err != nil {
		t.Fatal(err)
	}
	env := Env{Node: "n1", Etc: "/etc/ha.d", State: t.TempDir(), Vars: []string{"HA_LOGFACILITY=none", "HA_LOGD=no", "HA_RSCTMP=" + t.TempDir()}}
	for _, step := range []struct {
		op Op
		ok bool
	}{{Status, false}, {Start, true}, {Start, true}, {Status, true}, {Stop, true}, {Stop, true}, {Status, false}} {
		if got := a.Run(t.Context(), step.op, env); got.OK != step.ok {
			t.Fatalf("%s: %+v", step.op, got)
		}
	}
	ip, err := Resolve(conf.Resource{Word: "IPaddr::127.0.0.1/8/lo", Script: "IPaddr", Args: []string{"127.0.0.1/8/lo"}}, ResolveConfig{Dirs: Dirs{ResourceD: dir, OCFRoot: "/usr/lib/ocf"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := ip.Run(t.Context(), Status, env); !got.OK || !strings.Contains(got.Output, "Running OK") {
		t.Errorf("IPaddr status of an address that is here: %+v", got)
	}
}

func FuzzInstanceVariables(f *testing.F) {
	f.Add("A=1\nexport B='two'\n# no\n")
	f.Add("A=$(reboot)")
	f.Fuzz(func(t *testing.T, s string) {
		vars, err := instanceVariables(s)
		if err != nil {
			return
		}
		for _, v := range vars {
			if name, _, ok := strings.Cut(v, "="); !ok || !variable(name) || strings.Contains(v, "\n") {
				t.Errorf("%q gave the variable %q", s, v)
			}
		}
	})
}

func TestAScriptThatIsNotExecutableIsNamed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mysql")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Resolve(conf.Resource{Word: "mysql", Script: "mysql"}, ResolveConfig{Dirs: Dirs{ResourceD: dir}})
	if !errors.Is(err, ErrNoScript) || !strings.Contains(err.Error(), "run: chmod +x "+path) {
		t.Errorf("%v", err)
	}
}

func TestBuiltInAgentsStandInForUnmodifiedWrappersOnly(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"Filesystem": "#!/bin/sh\n# ours\n", "drbddisk": "#!/bin/sh\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ocf := t.TempDir()
	if err := os.MkdirAll(filepath.Join(ocf, "resource.d", "heartbeat"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ocf, "resource.d", "heartbeat", "apache"), []byte("#!/bin/sh\necho $1 $OCF_RESKEY_configfile\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	units := t.TempDir()
	if err := os.WriteFile(filepath.Join(units, "app@.service"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	dirs := Dirs{ResourceD: dir, OCFRoot: ocf, SystemD: []string{units}}
	for word, want := range map[string]string{
		"Filesystem::tmpfs::/mnt::tmpfs": "resource.d " + dir + "/Filesystem", "drbddisk::r0": "resource.d " + dir + "/drbddisk",
		"Delay::1": "native built in", "LVM::vg0": "native built in", "apache::/etc/a.conf": "ocf " + ocf + "/resource.d/heartbeat/apache",
		"systemd:app@1": "systemd app@1.service",
	} {
		parts := strings.Split(word, "::")
		a, err := Resolve(conf.Resource{Word: word, Script: parts[0], Args: parts[1:]}, ResolveConfig{Dirs: dirs, NativeIP: true})
		if err != nil || a.Class()+" "+a.Path() != want {
			t.Errorf("%s: %v, %v; want %s", word, a, err, want)
		}
	}
	if _, err := Resolve(conf.Resource{Word: "Delay::x", Script: "Delay", Args: []string{"x"}}, ResolveConfig{Dirs: dirs}); err == nil || !strings.Contains(err.Error(), "Delay::x") {
		t.Errorf("a wrong argument: %v", err)
	}
}
