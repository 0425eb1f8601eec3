package ccm

import (
	"strings"
	"testing"
)

func TestQuorumPlugins(t *testing.T) {
	type pair = []string
	for name, tt := range map[string]struct {
		plugins, breakers pair
		census            census
		want              bool
		why               string
	}{
		"two of three":             {nil, nil, census{members: 2, total: 3}, true, "majority: 2 of 3 nodes, 2 are enough"},
		"one of three":             {nil, nil, census{members: 1, total: 3}, false, "majority: 1 of 3 nodes, 2 are needed"},
		"one of two, as C":         {nil, nil, census{members: 1, total: 2}, true, "twonodes: a cluster of two nodes always has quorum"},
		"half of four, as C":       {nil, nil, census{members: 2, total: 4}, false, "twonodes: the cluster has 4 nodes, not two"},
		"majority alone, tie":      {pair{"majority"}, nil, census{members: 1, total: 2}, false, "nothing else decides"},
		"a tie-breaker":            {pair{"majority"}, pair{"twonodes"}, census{members: 1, total: 2}, true, "a cluster of two"},
		"weight":                   {pair{"weight"}, nil, census{members: 1, total: 3, weight: 300, totalWeight: 500}, true, "300 of 500 votes by weight, 251 are enough"},
		"weight, tie":              {pair{"weight", "majority"}, nil, census{members: 2, total: 3, weight: 250, totalWeight: 500}, true, "exactly half; majority: 2 of 3"},
		"ping breaks the tie":      {pair{"majority", "ping"}, nil, census{members: 1, total: 2, votes: 2, reached: 2}, true, "2 of 2 votes answer"},
		"half of the pings is not": {pair{"majority", "ping"}, nil, census{members: 1, total: 2, votes: 2, reached: 1, silent: pair{"gw"}}, false, "gw not"},
		"no ping node is no vote":  {pair{"majority", "ping"}, nil, census{members: 1, total: 2}, false, "no ping node votes; nothing else"},
		"cut off from the world":   {pair{"connected", "majority"}, nil, census{members: 2, total: 3, votes: 1, silent: pair{"gw"}}, false, "connected: ping nodes with only 0 of 1"},
		"connected, then majority": {pair{"connected", "majority"}, nil, census{members: 2, total: 3, votes: 1, reached: 1}, true, "majority: 2 of 3"},
	} {
		got := QuorumConfig{Plugins: tt.plugins, TieBreakers: tt.breakers}.judge(tt.census)
		if got.Quorum != tt.want || !strings.Contains(got.Why, tt.why) {
			t.Errorf("%s: %+v, want %v because of %q", name, got, tt.want, tt.why)
		}
	}
}

func TestALeaderTellsWhenTheVerdictChanges(t *testing.T) {
	cfg := config("w1", "w1", "w2")
	cfg.Quorum = QuorumConfig{Plugins: []string{"majority", "ping"}, Pings: []PingVote{{Name: "gw"}}}
	c := New(cfg, start)
	if m := formed(c.Step(start, CommunicationUp{Dead: []string{"w2"}})); m == nil || m.Quorum {
		t.Fatalf("%+v", m)
	}
	if m := formed(c.Step(start, PingChanged{Name: "gw", Up: true})); m == nil || !m.Quorum || m.Instance != 1 {
		t.Errorf("the gateway answers: %+v", m)
	}
	if m := formed(c.Step(start, PingChanged{Name: "gw"})); m == nil || m.Quorum {
		t.Errorf("the gateway is gone: %+v", m)
	}
}

func TestWeightsCountAtOnce(t *testing.T) {
	cfg := config("w1", "w1", "w2", "w3")
	cfg.Quorum = QuorumConfig{Plugins: []string{"weight"}}
	c := New(cfg, start)
	c.Step(start, CommunicationUp{Dead: []string{"w2", "w3"}})
	if c.View().Last.Quorum {
		t.Error("100 of 300 is quorum")
	}
	if m := formed(c.Step(start, VoteChanged{Node: Node{Name: "w1", Weight: 500, Site: "north"}})); m == nil || !m.Quorum {
		t.Errorf("500 of 700: %+v", m)
	}
	if v := c.View().Nodes[0]; v.Weight != 500 || v.Site != "north" {
		t.Errorf("%+v", v)
	}
}

func TestParsePlugins(t *testing.T) {
	names, unknown := ParsePlugins("weight:quorumd: majority", Plugins())
	if strings.Join(names, ",") != "weight,majority" || strings.Join(unknown, ",") != "quorumd" {
		t.Errorf("%v %v", names, unknown)
	}
}
