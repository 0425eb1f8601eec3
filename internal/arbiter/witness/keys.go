package witness

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"heartbeat/internal/arbiter/lease"
	"heartbeat/internal/conf"
	"heartbeat/internal/wire"
)

// KeyID is how datagrams name a key.
type KeyID = [8]byte

// A Holder is whose key it is.
type Holder struct {
	Cluster string // the name of the key file
	Key     lease.Key
}

// SigningKey is the key of authkeys with which this node signs.
func SigningKey(k conf.AuthKeys) (lease.Key, error) {
	for _, key := range k.Keys {
		if key.Slot == k.Sign {
			return lease.NewKey(wire.Key{Slot: key.Slot, Method: wire.Method(key.Method), Secret: key.Secret})
		}
	}
	return lease.Key{}, fmt.Errorf("%s has no key that signs", k.File)
}

// LoadKeys reads a file in the form of authkeys, or all files of a directory: one a cluster. All problems come at once.
func LoadKeys(path string) (map[KeyID]Holder, conf.Problems) {
	files := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		files = nil
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, conf.Problems{{File: path, Severity: conf.Error, Msg: err.Error(), Fix: "make it readable for this program"}}
		}
		for _, e := range entries {
			if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
	}
	out, problems := map[KeyID]Holder{}, conf.Problems{}
	for _, file := range files {
		problems = append(problems, addFile(out, file)...)
	}
	if len(out) == 0 && len(problems) == 0 {
		problems = append(problems, conf.Problem{File: path, Severity: conf.Error, Msg: "there is no key file", Fix: "copy authkeys of each cluster into it, mode 600, under the name of the cluster"})
	}
	return out, problems
}

func addFile(into map[KeyID]Holder, file string) conf.Problems {
	data, err := os.ReadFile(file)
	if err != nil {
		return conf.Problems{{File: file, Severity: conf.Error, Msg: err.Error(), Fix: "copy authkeys of the cluster to it, mode 600"}}
	}
	var mode os.FileMode
	owner := -1
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode()
		if sys, ok := info.Sys().(*syscall.Stat_t); ok {
			owner = int(sys.Uid)
		}
	}
	keys, problems := conf.ParseAuthKeys(file, data, mode, owner)
	if problems.HasErrors() {
		return problems
	}
	for _, k := range keys.Keys {
		key, err := lease.NewKey(wire.Key{Slot: k.Slot, Method: wire.Method(k.Method), Secret: k.Secret})
		if err != nil {
			problems = append(problems, conf.Problem{File: file, Line: k.Line, Severity: conf.Error, Msg: err.Error(), Fix: "write a sha1 or sha256 key, the same as in authkeys of the nodes"})
			continue
		}
		if other, twice := into[key.ID()]; twice && other.Cluster != filepath.Base(file) {
			problems = append(problems, conf.Problem{File: file, Line: k.Line, Severity: conf.Error,
				Msg: "the same key stands in the file of " + other.Cluster, Fix: "give every cluster a key of its own, or keep one of the two files"})
			continue
		}
		into[key.ID()] = Holder{filepath.Base(file), key}
	}
	return problems
}
