package applet

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/conf"
	"heartbeat/internal/fsutil"
)

// keyPatience is how long the running node may take to put new keys into force.
const keyPatience = 10 * time.Second

// A keyFile is authkeys as it stands on the disk.
type keyFile struct {
	path string
	data []byte
	keys conf.AuthKeys
}

// read reads authkeys. One with errors is not touched.
func (j *keysJob) read() (keyFile, error) { return readKeys(filepath.Join(j.Etc, "authkeys")) }

func readKeys(path string) (f keyFile, err error) {
	if f.path, err = filepath.EvalSymlinks(path); err != nil {
		return f, explainKeys(path, err)
	}
	if f.data, err = os.ReadFile(f.path); err != nil {
		return f, explainKeys(path, err)
	}
	info, err := os.Stat(f.path)
	if err != nil {
		return f, explainKeys(path, err)
	}
	owner := -1
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = int(sys.Uid)
	}
	var problems conf.Problems
	if f.keys, problems = conf.ParseAuthKeys(f.path, f.data, info.Mode(), owner); problems.HasErrors() {
		return f, &exit{exitConfig, "authkeys has errors and is left as it is:\n" + strings.TrimRight(problems.Only(conf.Error).Error(), "\n")}
	}
	return f, nil
}

func explainKeys(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("reading %s: %w; run it as root", path, err)
	}
	return fmt.Errorf("reading %s: %w; give the directory with --etc", path, err)
}

func (f keyFile) lacks(slot int) error {
	return &exit{exitRefused, fmt.Sprintf("%s has no key %d; it has %s", f.path, slot, slotList(f.keys))}
}

func slotList(k conf.AuthKeys) string {
	var words []string
	for _, key := range k.Keys {
		words = append(words, fmt.Sprint(key.Slot))
	}
	return "key " + strings.Join(words, ", ")
}

func (f keyFile) undoPath() string { return f.path + ".undo" }

// write replaces authkeys, keeps what it was, and puts it into force. When the running node refuses its configuration the old
// file comes back.
func (j *keysJob) write(old keyFile, data []byte) error {
	if _, problems := conf.ParseAuthKeys(old.path, data, 0o600, 0); problems.HasErrors() {
		return &exit{exitConfig, "the changed authkeys would not be valid, so it is left as it is:\n" + strings.TrimRight(problems.Only(conf.Error).Error(), "\n")}
	}
	if err := fsutil.Replace(old.undoPath(), old.data, 0o600); err != nil {
		return err
	}
	if err := fsutil.Replace(old.path, data, 0o600); err != nil {
		return err
	}
	refused, err := j.enforce()
	if err == nil && refused == "" {
		return nil
	}
	back := fsutil.Replace(old.path, old.data, 0o600)
	if err == nil {
		err = &exit{exitConfig, "the running node refuses its configuration, so authkeys is again what it was: " + refused}
	}
	return errors.Join(err, back)
}

// enforce makes the running node read its files; refused is why it did not. Without a running node there is nothing to do.
func (j *keysJob) enforce() (refused string, err error) {
	ctx, cancel := context.WithTimeout(j.ctx, keyPatience)
	defer cancel()
	reloaded, err := j.client().ReloadAnyKeys(ctx, false) // a change of keys restarts nothing, and what speaks against it was said or overruled
	if _, stopped := errors.AsType[*api.NotRunningError](err); stopped {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var bad []string
	for _, p := range reloaded.Problems {
		if p.Severity == "error" {
			bad = append(bad, fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text))
		}
	}
	return strings.Join(bad, "; "), nil
}

// secretBytes is the length of a new secret: as strong as the strongest method.
const secretBytes = 32

func newSecret() string {
	b := make([]byte, secretBytes)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// given reads the key line of --from.
func (j *keysJob) given() (conf.Key, error) {
	in := j.Stdin
	if j.from != "-" {
		file, err := os.Open(j.from)
		if err != nil {
			return conf.Key{}, err
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, 16<<10))
	if err != nil {
		return conf.Key{}, fmt.Errorf("reading the key: %w", err)
	}
	k, err := conf.ParseKeyLine(string(text))
	if err != nil {
		return k, fmt.Errorf("reading the key: %w", err)
	}
	return k, nil
}
