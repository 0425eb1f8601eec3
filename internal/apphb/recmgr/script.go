package recmgr

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"

	"heartbeat/internal/apphb"
	"heartbeat/internal/conf"
	"heartbeat/internal/realtime"
)

// maxOutput is how much of what a failing script printed reaches the log, in bytes.
const maxOutput = 1000

// RunScript runs a recovery script as its user, with the configured argument as C, and what is known about the program in
// HA_PID, HA_EVENT, HA_APP and HA_INSTANCE.
func RunScript(r conf.Recovery, e apphb.RecoveryMessage, argument string) error {
	cmd := exec.Command(r.Script, argument)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "USER=" + r.User, "LOGNAME=" + r.User, "HOME=" + homeOf(r.User),
		"HA_PID=" + strconv.Itoa(e.PID), "HA_EVENT=" + conf.RecoveryEvent(int(e.Event)), "HA_APP=" + e.Name, "HA_INSTANCE=" + e.Instance}
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // what it leaves running in the background may keep the output open
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(r.UID), Gid: uint32(r.GID), Groups: groupsOf(r.User)}
	} else if os.Geteuid() != r.UID {
		return fmt.Errorf("only root can run it as %s", r.User)
	}
	err := realtime.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	if text := strings.TrimSpace(string(out.kept)); err != nil && text != "" {
		return fmt.Errorf("%w: %s", err, text)
	}
	return err
}

func homeOf(name string) string {
	if u, err := user.Lookup(name); err == nil {
		return u.HomeDir
	}
	return "/"
}

func groupsOf(name string) (out []uint32) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil
	}
	list, err := u.GroupIds()
	if err != nil {
		return nil
	}
	for _, g := range list {
		if n, err := strconv.ParseUint(g, 10, 32); err == nil {
			out = append(out, uint32(n))
		}
	}
	return out
}

// tail keeps the last bytes of an output.
type tail struct{ kept []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - maxOutput; extra > 0 {
		t.kept = bytes.Clone(t.kept[extra:])
	}
	return len(b), nil
}
