package applet

import (
	"bytes"
	"os/exec"
	"testing"

	"heartbeat/internal/testenv"
)

// TestFindifSaysWhatTheProgramOfCSays asks both about this machine's own networks.
func TestFindifSaysWhatTheProgramOfCSays(t *testing.T) {
	const theirs = "/usr/libexec/heartbeat/findif"
	testenv.NeedProgram(t, theirs, "cluster-glue")
	for _, env := range [][]string{
		{"OCF_RESKEY_ip=127.0.0.5"},
		{"OCF_RESKEY_ip=127.0.0.5", "OCF_RESKEY_cidr_netmask=24", "OCF_RESKEY_nic=lo"},
		{"OCF_RESKEY_ip=127.0.0.5", "OCF_RESKEY_netmask=255.255.0.0", "OCF_RESKEY_nic=lo"},
		{"OCF_RESKEY_ip=127.0.0.5", "OCF_RESKEY_nic=lo"},
		{"OCF_RESKEY_ip=127.0.0.5", "OCF_RESKEY_cidr_netmask=16", "OCF_RESKEY_nic=lo", "OCF_RESKEY_broadcast=127.0.0.9"},
		{"OCF_RESKEY_ip=127.0.0.5", "OCF_RESKEY_nic=nosuch"},
		{"OCF_RESKEY_ip=nonsense"},
		{},
	} {
		for _, args := range [][]string{nil, {"-C"}} {
			want := exec.Command(theirs, args...)
			want.Env = env
			wantOut, wantErr := want.Output()
			if wantErr != nil && want.ProcessState == nil {
				t.Fatal(wantErr)
			}
			s := newScript(t)
			got, out, errs := s.command(append([]string{"findif"}, args...))
			got.Env = append(got.Env, env...)
			_ = got.Run()
			if !bytes.Equal(out.Bytes(), wantOut) || got.ProcessState.ExitCode() != want.ProcessState.ExitCode() {
				t.Errorf("%v %v: %q, exit %d; C says %q, exit %d (%s)", env, args, out, got.ProcessState.ExitCode(), wantOut, want.ProcessState.ExitCode(), errs)
			}
		}
	}
}
