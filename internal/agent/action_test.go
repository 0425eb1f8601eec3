package agent

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scripts are directories with agents of all classes that tell how they were called.
func actionDirs(t *testing.T) Dirs {
	t.Helper()
	root := t.TempDir()
	dirs := Dirs{ResourceD: root + "/resource.d", InitD: root + "/init.d", OCFRoot: root + "/ocf"}
	for path, text := range map[string]string{
		root + "/ocf/resource.d/test/Telling": `echo "$1 $OCF_RESKEY_state $OCF_RESKEY_CRM_meta_timeout $OCF_RESOURCE_INSTANCE $OCF_RESOURCE_TYPE $OCF_RESOURCE_PROVIDER $LANG"
echo "ocf-exit-reason:first" >&2; echo "ocf-exit-reason: out of beans" >&2; exit ${OCF_RESKEY_code:-0}`,
		root + "/ocf/resource.d/test/Hanging": `sleep 600`,
		root + "/init.d/daemon":               `echo "$*"; case $1 in status) exit $CODE;; start) exit 0;; *) exit 55;; esac`,
		root + "/resource.d/Classic":          `echo "$*"; [ "$3" != status ] || echo "$SAYS"`,
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dirs
}

func TestActionsOfOCFAgentsHaveTheirEnvironmentAndReason(t *testing.T) {
	dirs := actionDirs(t)
	a := Action{Class: "ocf", Provider: "test", Type: "Telling", Instance: "web", Name: "promote", Params: []string{"state=/x", "CRM_meta_timeout=20000", "code=6"}}
	got := a.Run(t.Context(), dirs, []string{"PATH=" + scriptPath, "LANG=de_DE"})
	if got.Code != 6 || strings.TrimSpace(got.Stdout) != "promote /x 20000 web Telling test" || got.Reason != "out of beans" || got.TimedOut || got.Unrun {
		t.Errorf("got %+v", got)
	}
	a.Type = "nosuch"
	if got := a.Run(t.Context(), dirs, nil); got.Code != ocfInstalled || !got.Unrun {
		t.Errorf("a missing agent: %+v", got)
	}
	a.Type = "../Telling"
	if got := a.Run(t.Context(), dirs, nil); !got.Unrun {
		t.Errorf("a path instead of a name was run: %+v", got)
	}
	a.Class = "systemd"
	if got := a.Run(t.Context(), dirs, nil); got.Code != ocfUnimplemented || !got.Unrun {
		t.Errorf("systemd: %+v", got)
	}
}

func TestActionThatHangsIsEndedAtItsTime(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	got := Action{Class: "ocf", Provider: "test", Type: "Hanging", Name: "start"}.Run(ctx, actionDirs(t), []string{"PATH=" + scriptPath})
	if got.Code != ocfError || !got.TimedOut {
		t.Errorf("got %+v", got)
	}
}

func TestActionsOfScriptsSpeakTheirLanguage(t *testing.T) {
	dirs := actionDirs(t)
	for code, want := range map[string]int{"0": 0, "1": 7, "3": 7, "4": 1, "5": 5} {
		got := Action{Class: "lsb", Type: "daemon", Name: "monitor", Params: []string{"1=a"}}.Run(t.Context(), dirs, []string{"CODE=" + code})
		if got.Code != want || got.Stdout != "status" {
			t.Errorf("init script, status %s: %+v", code, got)
		}
	}
	if got := (Action{Class: "lsb", Type: "daemon", Name: "promote"}).Run(t.Context(), dirs, nil); got.Code != ocfError {
		t.Errorf("an action that it does not have: %+v", got)
	}
	classic := Action{Class: "heartbeat", Type: "Classic", Params: []string{"2=/mnt", "1=/dev/sda", "x=y"}}
	for says, want := range map[string]int{"running": 0, "OK": 0, "not running": 7, "stopped": 7} {
		classic.Name = "monitor"
		got := classic.Run(t.Context(), dirs, []string{"SAYS=" + says})
		if got.Code != want || !strings.HasPrefix(got.Stdout, "/dev/sda /mnt status") {
			t.Errorf("a classic script that says %q: %+v", says, got)
		}
	}
	classic.Name = "start"
	if got := classic.Run(t.Context(), dirs, nil); got.Code != 0 || got.Stdout != "/dev/sda /mnt start" {
		t.Errorf("start: %+v", got)
	}
}
