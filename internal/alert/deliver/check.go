package deliver

import (
	"errors"
	"fmt"
	"os"

	"heartbeat/internal/alert"
	"heartbeat/internal/conf"
)

// Check looks for what the channels need on this machine. Nothing of it keeps a node from starting: the service matters more than
// the news about it.
func Check(cfg alert.Config) (out conf.Problems) {
	for _, c := range cfg.Channels {
		say := func(fix, format string, args ...any) {
			out = append(out, conf.Problem{File: c.File, Line: c.Line, Severity: conf.Warning, Msg: fmt.Sprintf("alert "+c.Kind+": "+format, args...), Fix: fix})
		}
		if c.Kind == alert.Exec {
			if err := executable(c.Target); err != nil {
				say("install the program, chmod +x it, or correct the line", "%v", err)
			}
		}
		if c.Kind == alert.Mail && len(c.Via) > 0 && c.Via[0] == '/' {
			if err := executable(c.Via); err != nil {
				say("correct the path, or name a mail server: via mail.example.com", "%v", err)
			}
		}
		if c.Kind == alert.Mail && c.Via == "sendmail" && executable(sendmails()[0]) != nil && executable(sendmails()[1]) != nil {
			say("install one, or name a mail server: via mail.example.com", "there is no sendmail program")
		}
		for _, file := range []string{c.Login, c.Secret} {
			secretFile(file, say)
		}
		if c.CA != "" {
			if _, err := authorities(c.CA); err != nil {
				say("correct the option ca", "%v", err)
			}
		}
	}
	return out
}

func secretFile(file string, say func(fix, format string, args ...any)) {
	if file == "" {
		return
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, os.ErrPermission): // an ordinary user checks
	case err != nil:
		say("write the file, mode 600", "%v", err)
	case info.Mode().Perm()&0o077 != 0:
		say("chmod 600 "+file, "%s can be read by others than its owner", file)
	case info.Size() == 0:
		say("write it: openssl rand -hex 32 > "+file, "%s is empty", file)
	}
}
