package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heartbeat/internal/takeover"
)

func TestOrdersSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	if list, err := loadOrders(dir); list != nil || err != nil {
		t.Fatal(list, err)
	}
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	want := []takeover.Order{
		{Kind: takeover.Drain, Subject: "node1", Force: true, Since: at, Until: at.Add(time.Hour), By: "anna", Why: "new disk", Version: 7},
		{Kind: takeover.Pin, Subject: "web", Node: "node2", Since: at, Version: 8},
		{Kind: takeover.Hold, Subject: takeover.EveryGroup, Version: 9, Over: true, By: "bert"},
	}
	l := newLedger(dir, func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	go l.run()
	l.put(want[:1])
	l.put(want)
	l.close(time.Minute)
	got, err := loadOrders(dir)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestAnUnreadableOrdersFileIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ordersFile), []byte(`[{"kind"`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := loadOrders(dir); err == nil || !strings.Contains(err.Error(), ordersFile) {
		t.Error(err)
	}
}
