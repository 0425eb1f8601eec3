package store

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/xmltree"
)

// ErrNotRunning is returned where only a running cluster could answer.
var ErrNotRunning = errors.New("no cluster resource manager is running here to ask: name a file in CIB_file, or a shadow in CIB_shadow")

// Where says where a command finds its document.
type Where struct {
	File   string                         // named by an option; "-" is standard input; empty: see the environment
	Stdin  io.Reader                      // for "-"
	Getenv func(string) string            // nil: an empty environment
	Check  func(root *xmltree.Node) error // see edit.Env
}

// find is the file that is meant, in the order in which classic tools look: the option, CIB_file, CIB_shadow.
func (w Where) find() (path string, err error) {
	if w.Getenv == nil {
		w.Getenv = func(string) string { return "" }
	}
	if w.File != "" {
		return w.File, nil
	}
	if path := w.Getenv("CIB_file"); path != "" {
		return path, nil
	}
	if name := w.Getenv("CIB_shadow"); name != "" {
		return ShadowPath(name, w.Getenv)
	}
	return "", ErrNotRunning
}

// A Document is what a command works on. It is not for several goroutines.
type Document struct {
	Path     string   // of its file; "-" is standard input
	Warnings []string // what was odd about the file, for people

	root    *xmltree.Node
	stored  []byte // the file as it was read, packed where it is packed
	signed  bool   // there is a digest beside the file
	changed bool
	check   func(*xmltree.Node) error
}

// Open finds and reads a document.
func Open(w Where) (*Document, error) {
	path, err := w.find()
	if err != nil {
		return nil, err
	}
	most, err := Limit(MostBytes, w.Getenv)
	if err != nil {
		return nil, err
	}
	d := &Document{Path: path, check: w.Check}
	if path == "-" {
		if w.Stdin == nil {
			return nil, errors.New("there is no standard input to read the document from")
		}
		d.stored, err = readAll(w.Stdin, most)
	} else {
		d.stored, err = readFile(path, most)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the cluster's document: %w", err)
	}
	doc, err := unpacked(path, d.stored, most)
	if err != nil {
		return nil, fmt.Errorf("reading the cluster's document: %w", err)
	}
	if d.root, err = parse(doc); err != nil {
		return nil, fmt.Errorf("%s: %w", d.name(), err)
	}
	if d.root.Name != "cib" {
		return nil, fmt.Errorf("%s: line %d: this is no document of a cluster: its root element is <%s>, not <cib>", d.name(), d.root.Line, d.root.Name)
	}
	return d, d.verify()
}

func (d *Document) name() string {
	if d.Path == "-" {
		return "standard input"
	}
	return d.Path
}

// verify compares the document with the digest beside it. A wrong one is said, not refused: who works on a file may have edited it.
func (d *Document) verify() error {
	if d.Path == "-" {
		return nil
	}
	sig, err := os.ReadFile(d.Path + sigSuffix)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("reading the digest of the cluster's document: %w", err)
	}
	d.signed = true
	if strings.TrimSpace(string(sig)) != edit.DiskDigest(d.root) {
		d.Warnings = append(d.Warnings, fmt.Sprintf(
			"%s does not agree with its digest in %s: it was changed by other means; the next change of it here writes a new digest", d.Path, d.Path+sigSuffix))
	}
	return nil
}

// Root is the document as it is now.
func (d *Document) Root() *xmltree.Node { return d.root }

// Changed says that there is something to save.
func (d *Document) Changed() bool { return d.changed }

// Do performs an operation. After an error the document is as before.
func (d *Document) Do(req edit.Request) (edit.Result, error) {
	res, err := edit.Do(d.root, req, edit.Env{Check: d.check})
	if err == nil && res.Changed {
		d.root, d.changed = res.Root, true
	}
	return res, err
}

// readFile reads the bytes of a file, unless they are more than most.
func readFile(path string, most int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > int64(most) {
		return nil, &TooLarge{Size: info.Size(), Most: most}
	}
	return readAll(f, most)
}

// unpacked is the document in those bytes, packed with bzip2 when the name of the file says so.
func unpacked(path string, stored []byte, most int) ([]byte, error) {
	if filepath.Ext(path) != ".bz2" {
		return stored, nil
	}
	doc, err := readAll(bzip2.NewReader(bytes.NewReader(stored)), most)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return doc, nil
}

func readAll(r io.Reader, most int) ([]byte, error) {
	doc, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err == nil && len(doc) > most {
		err = &TooLarge{Most: most}
	}
	return doc, err
}

// parse reads a document with its comments: they are the administrator's. Its size was judged before.
func parse(doc []byte) (*xmltree.Node, error) {
	if len(bytes.TrimSpace(doc)) == 0 {
		return nil, errors.New("the document is empty")
	}
	return xmltree.Parse(doc, xmltree.Options{KeepComments: true, MaxBytes: len(doc)})
}
