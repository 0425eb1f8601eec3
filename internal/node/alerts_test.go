package node

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/testenv"
)

// TestFailoverDoesNotWaitForADeadMailServer has a mail server that takes connections and never says a word, a delivery that hangs
// there, and a full queue behind it.
func TestFailoverDoesNotWaitForADeadMailServer(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	s := newStand(t)
	s.more += "#!hb alert mail root@localhost via " + dead.Addr().String() + " timeout 600\n#!hb alert gather 0\n"
	s.files("n1")
	s.files("n2")
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.GroupAcquired, "web::1")
	n2.await(0, event.GroupAcquired, "mail::2")
	for i := range 400 {
		n2.timeline.Add(event.Event{Kind: event.ClientSlow, Subject: fmt.Sprint("x", i), Text: "an alert"})
	}
	testenv.Until(t, "a hanging delivery and a full queue", func() bool {
		v := n2.Status().Alerts
		return v != nil && v.Channels[0].Busy && v.Channels[0].Lost > 0
	})
	after := n2.last()
	n1.Abandon()
	n2.await(after, event.NodeDead, "n1")
	n2.await(after, event.GroupAcquired, "web::1")
	if c := n2.Status().Alerts.Channels[0]; !c.Busy || c.Delivered+c.Failed != 0 {
		t.Errorf("the first delivery is over, so the failover may have waited for it: %+v", c)
	}
	n2.Shutdown()
	n2.ends()
}

// TestProgramIsToldOfADeadNodeAndItsReturn plays alarm, reload and all-clear in a cluster.
func TestProgramIsToldOfADeadNodeAndItsReturn(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.files("n2")
	s.write("n2", "page", "#!/bin/sh\necho \"$HB_ALERT_STATE $HB_ALERT_INCIDENT\" >>"+s.path("n2", "paged")+"\ncat >>"+s.path("n2", "text")+"\n", 0o755)
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.GroupAcquired, "web::1")
	n2.await(0, event.GroupAcquired, "mail::2")
	if n2.Status().Alerts != nil {
		t.Error("alerts without an alert line")
	}
	s.write("n2", "ha.cf.d/alert.conf", "alert exec "+s.path("n2", "etc", "page")+"\nalert gather 1\nalert settle 0\nalert only node.*\n", 0o644)
	if problems := conf.Problems(n2.Reload(true)); problems.HasErrors() {
		t.Errorf("reload: %v", problems)
	}
	if e := n2.await(0, event.ConfigReloaded, ""); !strings.Contains(e.Text, "in force now: alerts") {
		t.Errorf("reload says %q", e.Text)
	}
	testenv.Until(t, "the channel", func() bool { return n2.Status().Alerts != nil })
	n1.Abandon()
	<-n1.Done()
	paged := func() string { b, _ := os.ReadFile(s.path("n2", "paged")); return string(b) }
	testenv.Until(t, "the alarm", func() bool { return strings.Contains(paged(), "alarm linux-ha:node.dead:n1\n") })
	for _, want := range []string{"ALARM: n1: A node is dead", "web::1 runs on n2", "told by:  n2"} {
		testenv.Until(t, "an alarm that says "+want, func() bool {
			text, _ := os.ReadFile(s.path("n2", "text"))
			return strings.Contains(string(text), want)
		})
	}
	s.start("n1")
	testenv.Until(t, "the all-clear", func() bool { return strings.Contains(paged(), "clear linux-ha:node.dead:n1\n") })
	s.write("n2", "ha.cf.d/alert.conf", "alert exce /bin/true\nalert exec relative\n", 0o644)
	problems := conf.Problems(n2.Reload(true)).Only(conf.Error)
	if len(problems) != 2 || problems[0].Line != 1 || !strings.Contains(problems[0].Fix, "did you mean exec?") || problems[1].Line != 2 {
		t.Errorf("a wrong file is answered with %v", problems)
	}
	if n2.Status().Alerts == nil {
		t.Error("a wrong file ended the alerts")
	}
}
