package conf

import (
	"strings"
	"testing"
	"time"
)

func arbiterConfig(t *testing.T, settings, resources string) (Config, string) {
	t.Helper()
	c, problems := Parse(Input{
		HaCf:     File{"ha.cf", []byte("keepalive 1\ndeadtime 10\ninitdead 30\nbcast eth0\nbcast eth1\nnode a b\nauto_failback off\nlogfacility daemon\nuse_logd no\n" + settings)},
		AuthKeys: File{"authkeys", []byte("auth 1\n1 sha1 s3cret-s3cret-s3cret\n")}, AuthMode: 0o600, AuthOwner: -1,
		Resources: File{"haresources", []byte(resources)},
		Env:       Env{NodeName: "a"},
	})
	text := ""
	for _, p := range problems {
		text += p.String() + "\n"
	}
	return c, text
}

func TestArbitersAreReadWithTheirAddresses(t *testing.T) {
	for setting, want := range map[string]string{
		"witness w1":                     "w1:694",
		"witness w1:7000 10.0.0.9 b.c:1": "w1:7000 10.0.0.9:694 b.c:1",
		"witness fd00::9":                "[fd00::9]:694",
		"witness [fd00::9]:700":          "[fd00::9]:700",
		"disk /dev/sdb1":                 "/dev/sdb1",
	} {
		c, problems := arbiterConfig(t, "#!hb take_over arbiter "+setting+"\n", "a 10.0.0.1/24/eth0\n")
		a := c.HaCf.Settings.Arbiter
		if got := strings.Join(a.References, " "); got != want || strings.Contains(problems, "take_over") || a.Line != 10 {
			t.Errorf("%s: %q, %+v\n%s", setting, got, a, problems)
		}
		if b := c.StopBudgetOf(); b != 500*time.Millisecond {
			t.Errorf("addresses only: %v", b)
		}
	}
}

func TestBadArbitersAreNamedWithTheirLine(t *testing.T) {
	for setting, want := range map[string]string{
		"take_over arbiter":                   "needs to know whom to ask",
		"take_over arbiter oracle":            `"oracle" is no arbiter`,
		"take_over arbiter witness":           "needs one to 7 hosts",
		"take_over arbiter witness w1 w1:694": "named twice",
		"take_over arbiter witness w1:x":      `the port "x"`,
		"take_over arbiter witness w/1":       "is no host",
		"take_over arbiter disk sdb1":         "needs one path",
		"take_over arbiter ping 10.0.0.1":     "takes no hosts",
		"take_over arbiter ping":              "there are none",
		"take_over arbiter witness w1 w2":     "of 2 witnesses 2 must answer",
		"stop_budget 1ms":                     "is not between",
	} {
		_, problems := arbiterConfig(t, "#!hb "+setting+"\n", "a 10.0.0.1/24/eth0\n")
		if !strings.Contains(problems, "ha.cf:10") || !strings.Contains(problems, want) {
			t.Errorf("%s: no %q with its line in\n%s", setting, want, problems)
		}
	}
	if _, problems := arbiterConfig(t, "#!hb take_over arbiter witness w1\n", "a 10.0.0.1/24/eth0 apache\n"); !strings.Contains(problems, "nothing ends it when they take longer") {
		t.Errorf("no word about the watchdog in\n%s", problems)
	}
}
