package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/xmltree"
)

// Files of a directory (spec 3.2).
const (
	live     = "cib.xml"
	sequence = "cib.last" // the number of the next backup
	pending  = ".new"     // behind the names of files that are not in force yet
	backups  = 100        // numbers wrap there
)

// ErrEdited is returned when the file was changed by other means while it was in use: it is not overwritten.
var ErrEdited = errors.New("the configuration was changed by other means while it was in use; it is not overwritten. " +
	"Put the change in with cibadmin instead, or stop the node before you edit files")

// A Dir keeps the document of a cluster. Its last version is on the disk when Write returns; a power cut during Write leaves the old or
// the new one. It is not for several goroutines.
type Dir struct {
	disk Disk
	text []byte // of the live file as it was loaded or written; nil: there is none
}

// OpenDir begins with a directory.
func OpenDir(disk Disk) *Dir { return &Dir{disk: disk} }

func backup(n int) string { return "cib-" + strconv.Itoa(n) + ".raw" }

// Write makes a document the one in force. The status is not kept: it is measured again after a start.
func (d *Dir) Write(root *xmltree.Node) error {
	now, err := d.disk.Read(live)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	if d.text != nil && !bytes.Equal(now, d.text) {
		return ErrEdited
	}
	kept := withoutStatus(root)
	text := Text(kept)
	steps := []func() error{
		func() error { return d.put(live+pending, text) },
		func() error { return d.put(live+sigSuffix+pending, []byte(edit.DiskDigest(kept))) },
	}
	if err == nil {
		steps = append(steps, d.keepOld)
	}
	steps = append(steps,
		d.disk.SyncDir,
		func() error { return d.disk.Rename(live+pending, live) },
		func() error { return d.disk.Rename(live+sigSuffix+pending, live+sigSuffix) },
		d.disk.SyncDir)
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("writing the configuration: %w; what is on the disk is the version before, or this one", err)
		}
	}
	d.text = text
	return nil
}

// put writes a file and waits for the disk.
func (d *Dir) put(name string, data []byte) error {
	if err := d.disk.Write(name, data); err != nil {
		return err
	}
	return d.disk.Sync(name)
}

// keepOld makes the pair in force the next backup.
func (d *Dir) keepOld() error {
	n := d.next()
	for _, suffix := range [...]string{"", sigSuffix} {
		if err := d.disk.Remove(backup(n) + suffix); err != nil {
			return err
		}
		if err := d.disk.Link(live+suffix, backup(n)+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := d.put(sequence+pending, []byte(strconv.Itoa((n+1)%backups))); err != nil {
		return err
	}
	return d.disk.Rename(sequence+pending, sequence)
}

// next is the number of the next backup; nonsense in the file counts as 0.
func (d *Dir) next() int {
	text, err := d.disk.Read(sequence)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < 0 || n >= backups {
		return 0
	}
	return n
}

// withoutStatus is what is kept of a document.
func withoutStatus(root *xmltree.Node) *xmltree.Node {
	at := slices.IndexFunc(root.Children, func(c *xmltree.Node) bool { return c.Name == "status" })
	if at < 0 {
		return root
	}
	d := xmltree.NewDraft(root)
	d.Remove(nil, at)
	return d.Publish()
}
