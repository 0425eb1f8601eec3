package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/xmltree"
)

// Loaded is what a directory had.
type Loaded struct {
	Root *xmltree.Node // never nil: without any file an empty document of version 0.0.0, so that every other node's is newer
	From string        // the file it came from; empty: there was none
	// Problems say, for people, which files were not used and why, and what may be lost.
	Problems []string
}

// A pair is a document on the disk that proved to be whole.
type pair struct {
	root *xmltree.Node
	text []byte
	name string
}

// Load reads the document in force. A write that a power cut interrupted is finished or forgotten; when the file in force is damaged the newest backup
// that is whole is used, and the damaged one set aside.
func (d *Dir) Load() (Loaded, error) {
	var l Loaded
	p, err := d.inForce(&l)
	if err != nil {
		return l, err
	}
	if p == nil {
		if p, err = d.fromBackup(&l); err != nil {
			return l, err
		}
	}
	if p == nil {
		if len(l.Problems) > 0 {
			l.Problems = append(l.Problems, "no file is usable: this node begins with an empty configuration and takes that of any other node")
		}
		l.Root = edit.Empty("")
		l.Root.Set(edit.AttrEpoch, "0")
		return l, nil
	}
	l.Root, l.From = prepared(p.root), p.name
	return l, nil
}

// inForce finds the document in force: the pair itself, or, after an interrupted write, whichever of the new and old files belong together.
func (d *Dir) inForce(l *Loaded) (*pair, error) {
	var best *pair
	var why []string
	seen := false
	for _, name := range [...]string{live, live + pending} {
		for _, sig := range [...]string{live + sigSuffix, live + sigSuffix + pending} {
			p, err := d.readPair(name, sig)
			if err != nil {
				if name == live && !errors.Is(err, fs.ErrNotExist) {
					seen = true
					why = append(why, err.Error())
				}
				continue
			}
			if best == nil || edit.VersionOf(p.root).Compare(edit.VersionOf(best.root)) > 0 {
				best = p
			}
		}
	}
	if best == nil && seen && !d.has(live+sigSuffix) && !d.has(live+sigSuffix+pending) {
		if p, err := d.unsigned(); err == nil {
			l.Problems = append(l.Problems, live+" has no digest beside it: it is taken as it is")
			best = p
		}
	}
	switch {
	case best != nil && (best.name != live || len(why) == 2):
		return best, d.settle(best)
	case best != nil:
		d.text = best.text
		return best, nil
	case seen:
		return nil, d.setAside(l, why[0])
	}
	return nil, nil
}

// unsigned reads the file in force without a digest: an administrator's own, put there while the node was down.
func (d *Dir) unsigned() (*pair, error) {
	text, err := d.disk.Read(live)
	if err != nil {
		return nil, err
	}
	root, err := whole(text)
	if err != nil {
		return nil, err
	}
	return &pair{root, text, live}, nil
}

func (d *Dir) has(name string) bool {
	_, err := d.disk.Read(name)
	return err == nil
}

// readPair reads a document and checks it against a digest.
func (d *Dir) readPair(name, sig string) (*pair, error) {
	text, err := d.disk.Read(name)
	if err != nil {
		return nil, err
	}
	root, err := whole(text)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", name, err)
	}
	want, err := d.disk.Read(sig)
	if err != nil {
		return nil, fmt.Errorf("%s, version %s, has no digest", name, edit.VersionOf(root))
	}
	if got := edit.DiskDigest(root); got != strings.TrimSpace(string(want)) {
		return nil, fmt.Errorf("%s, version %s, does not agree with its digest: it was changed by other means, or is damaged", name, edit.VersionOf(root))
	}
	return &pair{root, text, name}, nil
}

// whole reads a document of a cluster.
func whole(text []byte) (*xmltree.Node, error) {
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	if root.Name != "cib" || root.First("configuration") == nil {
		return nil, fmt.Errorf("line %d: no configuration of a cluster", root.Line)
	}
	return root, nil
}

// settle makes a pair that an interrupted write left the one in force, with a digest.
func (d *Dir) settle(p *pair) error {
	for _, step := range []func() error{
		func() error { return d.put(live+pending, p.text) },
		func() error { return d.put(live+sigSuffix+pending, []byte(edit.DiskDigest(p.root))) },
		d.disk.SyncDir,
		func() error { return d.disk.Rename(live+pending, live) },
		func() error { return d.disk.Rename(live+sigSuffix+pending, live+sigSuffix) },
		d.disk.SyncDir,
	} {
		if err := step(); err != nil {
			return fmt.Errorf("finishing an interrupted write of the configuration: %w", err)
		}
	}
	d.text = p.text
	return nil
}

// setAside renames a damaged pair, so that somebody can look at it and nothing overwrites it.
func (d *Dir) setAside(l *Loaded, why string) error {
	names, err := d.disk.List()
	if err != nil {
		return fmt.Errorf("looking for backups of the configuration: %w", err)
	}
	taken := map[string]bool{}
	for _, n := range names {
		taken[n] = true
	}
	n := 1
	aside := func() string { return fmt.Sprintf("cib.damaged-%d.xml", n) }
	for taken[aside()] || taken[aside()+sigSuffix] {
		n++
	}
	l.Problems = append(l.Problems, fmt.Sprintf("%s; it is kept as %s", why, aside()))
	for _, suffix := range [...]string{sigSuffix, ""} {
		if err := d.disk.Rename(live+suffix, aside()+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("setting a damaged configuration aside: %w", err)
		}
	}
	return d.disk.SyncDir()
}

// fromBackup finds the newest whole backup and makes it the document in force.
func (d *Dir) fromBackup(l *Loaded) (*pair, error) {
	names, err := d.disk.List()
	if err != nil {
		return nil, fmt.Errorf("looking for backups of the configuration: %w", err)
	}
	there := map[string]bool{}
	for _, n := range names {
		there[n] = true
	}
	last := d.next()
	for i := range backups {
		name := backup((last - 1 - i + 2*backups) % backups)
		if !there[name] {
			continue
		}
		p, err := d.readPair(name, name+sigSuffix)
		if err != nil {
			l.Problems = append(l.Problems, err.Error())
			continue
		}
		l.Problems = append(l.Problems, fmt.Sprintf("the backup %s, version %s, is used instead: what was changed after it is lost unless another node has it",
			name, edit.VersionOf(p.root)))
		return p, d.settle(p)
	}
	return nil, nil
}

// prepared is a document as a node begins with it: all three numbers, an empty status, nobody in charge.
func prepared(root *xmltree.Node) *xmltree.Node {
	d := xmltree.NewDraft(withoutStatus(root))
	n := d.Edit()
	for _, name := range [...]string{edit.AttrAdminEpoch, edit.AttrEpoch, edit.AttrUpdates} {
		if _, ok := n.Lookup(name); !ok {
			n.Set(name, "0")
		}
	}
	n.Unset("dc-uuid")
	d.Insert(nil, len(n.Children), xmltree.New("status"))
	return d.Publish()
}
