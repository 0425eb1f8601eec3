package conf

import "testing"

func TestConsensusIsOnWhereHaCfAsksForCCM(t *testing.T) {
	const base = "node n1 n2\nbcast eth0\n"
	for name, tt := range map[string]struct {
		text          string
		runs, builtIn bool
	}{
		"nothing":                 {"", false, false},
		"respawn ccm":             {"respawn hacluster /usr/lib/heartbeat/ccm\n", true, true},
		"failfast, other path":    {"failfast hacluster /usr/libexec/heartbeat/ccm -v\n", true, true},
		"another program":         {"respawn hacluster /usr/bin/ccmx\n", false, false},
		"the setting":             {"#!hb consensus on\n", true, false},
		"off, and C's own":        {"#!hb consensus off\nrespawn hacluster /usr/lib/heartbeat/ccm\n", false, false},
		"auto is what it is else": {"#!hb consensus auto\nrespawn hacluster /usr/lib/heartbeat/ccm\n", true, true},
	} {
		h, problems := ParseHaCf("ha.cf", []byte(base+tt.text), Env{})
		if problems.HasErrors() {
			t.Errorf("%s: %v", name, problems)
		}
		builtIn := len(h.Respawn) > 0 && h.BuiltIn(h.Respawn[0])
		if h.RunsConsensus() != tt.runs || builtIn != tt.builtIn {
			t.Errorf("%s: runs %v, built in %v", name, h.RunsConsensus(), builtIn)
		}
	}
}

func TestEnvValueFindsBothSpellings(t *testing.T) {
	h := HaCf{Env: []string{"quorum=twonodes", "HA_tiebreaker=ping"}}
	if h.EnvValue("quorum") != "twonodes" || h.EnvValue("tiebreaker") != "ping" || h.EnvValue("x") != "" {
		t.Errorf("%q %q", h.EnvValue("quorum"), h.EnvValue("tiebreaker"))
	}
}
