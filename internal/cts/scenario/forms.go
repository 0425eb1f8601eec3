package scenario

import "strings"

// Needs are what a scenario may ask of its driver; a driver says for each whether it has it.
func Needs() map[string]string {
	return map[string]string{
		"power":     "machines that can be switched off and on",
		"freeze":    "machines that can be stopped and continued as a whole",
		"links":     "cables that can be cut and mended",
		"one-way":   "links that lose frames in one direction only",
		"third":     "a third machine in the same networks",
		"clock":     "machines whose clock can be set",
		"reboot":    "machines that a node may reboot or reset",
		"disk":      "a file system that can be filled up",
		"drbd":      "DRBD in the kernel",
		"ping-node": "something outside the cluster that answers pings",
		"fencing":   "a device that switches nodes off; the suite brings /etc/ha.d/fence_cts, which takes a second",
		"watchdog":  "a watchdog (softdog) that really resets a machine",
		"serial":    "a serial line between the nodes, /dev/ttyS1",
		"netem":     "links that the kernel can make slow and lossy (tc netem)",
	}
}

// A Form is one kind of statement. The pattern is what is written: words in lower case stand for themselves, words in capitals for what
// params explains; what is in brackets may be missing.
type Form struct {
	Pattern string
	Expect  bool   // it judges; otherwise it does
	Need    string // what the driver must be able to do; empty: every driver can
	Doc     string
}

// Name is the first word, or the first two of an expectation.
func (f *Form) Name() string {
	w := strings.Fields(f.Pattern)
	if f.Expect && len(w) > 2 && w[1] == "no" {
		return w[0] + " no " + w[2]
	}
	if f.Expect {
		return w[0] + " " + w[1]
	}
	return w[0]
}

// Forms are all statements of the language.
func Forms() []*Form {
	return []*Form{
		{"start NODE", false, "", "start heartbeat"},
		{"stop NODE", false, "", "stop heartbeat as an administrator does, and wait until it is gone"},
		{"kill NODE", false, "", "kill the daemon with everything that would start it again"},
		{"kill-engine NODE", false, "", "kill -9 of the master process only"},
		{"reload NODE", false, "", "let the daemon read its files again"},
		{"power-off NODE", false, "power", "pull the plug: links down and every process dead"},
		{"power-on NODE", false, "power", "boot the machine; heartbeat is not started"},
		{"freeze NODE", false, "freeze", "stop every process of the machine"},
		{"thaw NODE", false, "freeze", "let a frozen machine go on"},
		{"cut NODE LINK CUT", false, "links", "break a link"},
		{"heal NODE LINK", false, "links", "mend a link"},
		{"tool NODE WORDS", false, "", "run a classic command of the node's own make, such as hb_standby all"},
		{"run MACHINE TEXT", false, "", "run a shell command"},
		{"write NODE PATH TEXT", false, "", "replace a file"},
		{"remove NODE PATH", false, "", "remove a file"},
		{"script NODE INSTANCE OPERATION BEHAVIOUR", false, "", "how TestRsc behaves from now on"},
		{"script NODE INSTANCE OPERATION takes FORMULA", false, "", "how long TestRsc takes from now on"},
		{"occupy GROUP", false, "third", "the third machine takes the address of a group"},
		{"vacate GROUP", false, "third", "the third machine gives the address back"},
		{"clock NODE TEXT", false, "clock", "set the clock by an offset such as +1h or -24h"},
		{"fill NODE PATH", false, "disk", "leave no room in the file system of a directory"},
		{"empty NODE PATH", false, "disk", "give the room back"},
		{"wait FORMULA", false, "", "let a time go by"},

		{"expect owner GROUP = NODES [within FORMULA]", true, "", "exactly these nodes carry the address"},
		{"expect owner GROUP stays NODES for FORMULA", true, "", "nothing changes for this time"},
		{"expect outage GROUP <= FORMULA", true, "", "longest silence that the prober met in this step"},
		{"expect lost GROUP none", true, "", "no question of the prober in this step was left unanswered"},
		{"expect double GROUP <= FORMULA", true, "", "time in this step in which both nodes carried the address"},
		{"expect rscstatus NODE = RSC [within FORMULA]", true, "", "the word of cl_status rscstatus"},
		{"expect calls NODE INSTANCE OPERATION = NUMBER", true, "", "calls of TestRsc in this step"},
		{"expect calls NODE INSTANCE OPERATION <= NUMBER", true, "", "calls of TestRsc in this step"},
		{"expect calls NODE INSTANCE OPERATION >= NUMBER", true, "", "calls of TestRsc in this step"},
		{"expect event NODE EVENT TEXT [within FORMULA]", true, "", "the timeline of a Go node has it, in this step; \"\" fits any text"},
		{"expect no event NODE EVENT", true, "", "the timeline of a Go node does not have it, in this step"},
		{"expect log NODE TEXT [within FORMULA]", true, "", "the log has a line with the text, written in this step"},
		{"expect no log NODE TEXT", true, "", "the log has no such line, written in this step"},
		{"expect exit = NUMBER", true, "", "how the last tool, run, start, stop or reload ended"},
		{"expect exit <= NUMBER", true, "", "the same, with a choice"},
		{"expect output TEXT", true, "", "the last tool or run printed the text"},
		{"expect took <= FORMULA", true, "", "how long the last action took"},
		{"expect daemon NODE = RUNNING [within FORMULA]", true, "", "whether heartbeat runs"},
		{"expect sees NODE NODE = STATUS [within FORMULA]", true, "", "what the first node says of the second (cl_status nodestatus)"},
		{"expect link NODE NODE LINK = LINKSTATUS [within FORMULA]", true, "", "what the first node says of its link to the second"},
		{"expect status NODE TEXT [within FORMULA]", true, "", "heartbeat status --json of a Go node contains the text"},
		{"expect address NODE WORD = PRESENT [within FORMULA]", true, "", "whether the kernel has an address"},
		{"expect running NODE INSTANCE = YES [within FORMULA]", true, "", "what TestRsc itself says"},
	}
}

// params explain the capital words of the patterns: the words that fit, or nil for any.
func params() map[string][]string {
	nodes := []string{"r1", "r2", "r3"}
	return map[string][]string{
		"NODE": nodes, "MACHINE": append(nodes, "client"),
		"LINK": {"eth0", "eth1", "all"}, "CUT": {"carrier", "mute", "in", "out"},
		"GROUP": {"g1", "g2"}, "NODES": {"r1", "r2", "r1+r2", "nobody"},
		"OPERATION": {"start", "stop", "status", "any"}, "BEHAVIOUR": {"ok", "fails", "hangs", "lies"},
		"RSC": {"none", "local", "foreign", "all", "transition"}, "STATUS": {"init", "up", "active", "dead"},
		"RUNNING": {"running", "gone"}, "LINKSTATUS": {"up", "dead"}, "PRESENT": {"present", "absent"}, "YES": {"yes", "no"},
		"INSTANCE": nil, "TEXT": nil, "PATH": nil, "NUMBER": nil, "EVENT": nil, "WORD": nil,
	}
}
