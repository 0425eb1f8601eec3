package drive

import (
	"context"
	"encoding/base64"
	"fmt"
	"path"
	"strings"
)

// runner is a driver as far as files need it.
type runner interface {
	Run(ctx context.Context, role string, argv ...string) (string, int, error)
}

// writeInside writes a file with the machine's own programs; the text travels as base64, so that any text arrives.
func writeInside(ctx context.Context, r runner, role string, f File) error {
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	text := base64.StdEncoding.EncodeToString([]byte(f.Text))
	script := fmt.Sprintf("mkdir -p %[1]s && echo %[2]s | base64 -d >%[3]s.cts && chmod %[4]o %[3]s.cts && mv %[3]s.cts %[3]s",
		quote(path.Dir(f.Path)), text, quote(f.Path), f.Mode.Perm())
	out, code, err := r.Run(ctx, role, "sh", "-c", script)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit %d: %s", code, strings.TrimSpace(out))
	}
	if err != nil {
		return fmt.Errorf("writing %s on %s: %w", f.Path, role, err)
	}
	return nil
}

// readInside reads a file with the machine's own programs; a missing one is empty.
func readInside(ctx context.Context, r runner, role, file string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	out, code, err := r.Run(ctx, role, "sh", "-c", "[ ! -e "+quote(file)+" ] || base64 "+quote(file))
	if err == nil && code != 0 {
		err = fmt.Errorf("exit %d: %s", code, strings.TrimSpace(out))
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s on %s: %w", file, role, err)
	}
	return base64.StdEncoding.DecodeString(strings.ReplaceAll(strings.TrimSpace(out), "\n", ""))
}

// quote makes one word of a shell out of any text.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
