package vnet

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestRefusalNamesTheSettingToChange(t *testing.T) {
	tests := map[string]struct {
		err   error
		user  bool
		files map[string]string
		want  string
	}{
		"Debian's switch": {syscall.EPERM, true, map[string]string{"/proc/sys/kernel/unprivileged_userns_clone": "0\n"},
			"sudo sysctl -w kernel.unprivileged_userns_clone=1"},
		"Ubuntu's AppArmor": {syscall.EACCES, true, map[string]string{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n"},
			"sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
		"a limit of none": {syscall.ENOSPC, true, map[string]string{"/proc/sys/user/max_user_namespaces": "0\n"},
			"sudo sysctl -w user.max_user_namespaces=15000"},
		"a container":    {syscall.EPERM, true, nil, "run the lab as root, or outside the container"},
		"a weak root":    {syscall.EPERM, false, nil, "CAP_SYS_ADMIN"},
		"an old kernel":  {syscall.EINVAL, true, nil, "built without"},
		"something else": {syscall.ENOMEM, true, nil, "cannot allocate memory"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			read := func(path string) ([]byte, error) {
				if text, ok := tt.files[path]; ok {
					return []byte(text), nil
				}
				return nil, os.ErrNotExist
			}
			if got := explain(tt.err, tt.user, read).Error(); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}

func TestImpossiblePlansAreRefused(t *testing.T) {
	plans := map[string]func(*Spec){
		"machine name": func(s *Spec) { s.Machines[0].Name = "../etc" },
		"listed twice": func(s *Spec) { s.Machines[1].Name = s.Machines[0].Name },
		"networks":     func(s *Spec) { s.Machines[0].Links[0].Network = 5 },
		"absolute":     func(s *Spec) { s.Machines[0].Binds = []Bind{{From: "x", To: "/y"}} },
		"links":        func(s *Spec) { s.Machines[0].Links = make([]Link, 9) },
	}
	for want, spoil := range plans {
		s := twoMachines()
		spoil(&s)
		if err := s.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
