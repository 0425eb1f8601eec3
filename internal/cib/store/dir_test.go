package store

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/xmltree"
)

var errCut = errors.New("the power is cut")

// A content is an inode: what programs see, and what is on the platter.
type content struct{ seen, certain []byte }

// A platter is a disk whose power can be cut before any step. Afterwards every name and every content that was not synced is what it was, or
// what it became, or, for a content, a piece of it: each by the toss of a coin.
type platter struct {
	names   map[string]*content
	certain map[string]*content
	queue   []func(map[string]*content) // changes of names since the last SyncDir
	left    int                         // steps until the cut; negative: none comes
	steps   int
}

func newPlatter() *platter {
	return &platter{names: map[string]*content{}, certain: map[string]*content{}, left: -1}
}

func (p *platter) step() error {
	if p.left == 0 {
		return errCut
	}
	p.left--
	p.steps++
	return nil
}

func (p *platter) entry(change func(map[string]*content)) {
	change(p.names)
	p.queue = append(p.queue, change)
}

func missingFile(name string) error { return fmt.Errorf("%s: %w", name, fs.ErrNotExist) }

func (p *platter) Read(name string) ([]byte, error) {
	if c := p.names[name]; c != nil {
		return c.seen, nil
	}
	return nil, missingFile(name)
}

func (p *platter) Write(name string, data []byte) error {
	if err := p.step(); err != nil {
		return err
	}
	if c := p.names[name]; c != nil {
		c.seen = data
		return nil
	}
	c := &content{seen: data}
	p.entry(func(m map[string]*content) { m[name] = c })
	return nil
}

func (p *platter) Sync(name string) error {
	if err := p.step(); err != nil {
		return err
	}
	p.names[name].certain = p.names[name].seen
	return nil
}

func (p *platter) SyncDir() error {
	if err := p.step(); err != nil {
		return err
	}
	p.certain, p.queue = maps.Clone(p.names), nil
	return nil
}

func (p *platter) Link(old, name string) error {
	c := p.names[old]
	if c == nil {
		return missingFile(old)
	}
	if p.names[name] != nil {
		return fs.ErrExist
	}
	if err := p.step(); err != nil {
		return err
	}
	p.entry(func(m map[string]*content) { m[name] = c })
	return nil
}

func (p *platter) Rename(old, name string) error {
	c := p.names[old]
	if c == nil {
		return missingFile(old)
	}
	if err := p.step(); err != nil {
		return err
	}
	p.entry(func(m map[string]*content) { m[name] = c; delete(m, old) })
	return nil
}

func (p *platter) Remove(name string) error {
	if p.names[name] == nil {
		return nil
	}
	if err := p.step(); err != nil {
		return err
	}
	p.entry(func(m map[string]*content) { delete(m, name) })
	return nil
}

func (p *platter) List() ([]string, error) { return slices.Sorted(maps.Keys(p.names)), nil }

// restart is the disk after the cut.
func (p *platter) restart(r *rand.Rand) *platter {
	names := maps.Clone(p.certain)
	for _, change := range p.queue {
		if r.IntN(2) == 0 {
			change(names)
		}
	}
	after := newPlatter()
	copies := map[*content]*content{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		c := names[name]
		if copies[c] == nil {
			data := c.certain
			switch {
			case slices.Equal(c.seen, c.certain):
			case r.IntN(3) == 0:
				data = c.seen
			case r.IntN(2) == 0:
				data = c.seen[:r.IntN(len(c.seen)+1)]
			}
			copies[c] = &content{data, data}
		}
		after.names[name] = copies[c]
	}
	after.certain = maps.Clone(after.names)
	return after
}

func epoch(t testing.TB, n int) *xmltree.Node {
	t.Helper()
	root, err := parse([]byte(strings.Replace(small, `epoch="4"`, fmt.Sprintf("epoch=%q", fmt.Sprint(n)), 1)))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func epochOf(root *xmltree.Node) int { return int(edit.VersionOf(root).Epoch) }

// Whatever the moment of the cut: the old or the new version is loaded, the new one for certain when Write returned, and the node goes on from there.
func TestPowerCutAtAnyStepLosesNothing(t *testing.T) {
	for before := range 4 {
		for cut := 0; ; cut++ {
			done := false
			for seed := range uint64(40) {
				r := rand.New(rand.NewPCG(seed, uint64(cut)))
				p := newPlatter()
				d := OpenDir(p)
				if _, err := d.Load(); err != nil {
					t.Fatal(err)
				}
				for n := range before {
					if err := d.Write(epoch(t, n+1)); err != nil {
						t.Fatal(err)
					}
				}
				p.left = cut
				err := d.Write(epoch(t, before+1))
				done = err == nil
				if err != nil && !errors.Is(err, errCut) {
					t.Fatal(err)
				}
				p = p.restart(r)
				if seed%2 == 1 { // and once more, while the damage is mended
					p.left = r.IntN(8)
					if _, err := OpenDir(p).Load(); err == nil || errors.Is(err, errCut) {
						p.left = -1
						p = p.restart(r)
					}
				}
				again := OpenDir(p)
				l, err := again.Load()
				got := epochOf(l.Root)
				if err != nil || got != before+1 && (done || got != before) {
					t.Fatalf("%d versions, cut before step %d, seed %d: loaded %d from %q, %v, %q; files %v", before, cut, seed, got, l.From, err, l.Problems, slices.Sorted(maps.Keys(p.names)))
				}
				if err := again.Write(epoch(t, 99)); err != nil {
					t.Fatalf("cut before step %d, seed %d: the next write: %v", cut, seed, err)
				}
				if l, err := OpenDir(p).Load(); err != nil || epochOf(l.Root) != 99 || len(l.Problems) > 0 {
					t.Fatalf("cut before step %d, seed %d: after the next write: %v, %+v", cut, seed, err, l)
				}
			}
			if done {
				break
			}
		}
	}
}

func filled(t *testing.T, versions int) (*platter, *Dir) {
	t.Helper()
	p := newPlatter()
	d := OpenDir(p)
	for n := range versions {
		if err := d.Write(epoch(t, n+1)); err != nil {
			t.Fatal(err)
		}
	}
	return p, d
}

func TestDamagedFileIsSetAsideAndTheNewestBackupUsed(t *testing.T) {
	for name, damage := range map[string]func(p *platter){
		"torn":  func(p *platter) { p.names[live].seen = p.names[live].seen[:200] },
		"empty": func(p *platter) { p.names[live].seen = nil },
		"bits": func(p *platter) {
			p.names[live].seen = []byte(strings.Replace(string(p.names[live].seen), "resources", "resourcez", -1))
		},
		"digest":      func(p *platter) { p.names[live+sigSuffix].seen = []byte("0123") },
		"two backups": func(p *platter) { p.names[live].seen, p.names["cib-4.raw"].seen = nil, []byte("<cib>") },
	} {
		p, _ := filled(t, 6)
		damage(p)
		want := 5
		if name == "two backups" {
			want = 4
		}
		l, err := OpenDir(p).Load()
		said := strings.Join(l.Problems, "\n")
		if err != nil || epochOf(l.Root) != want || !strings.Contains(said, live) || !strings.Contains(said, "cib.damaged-1.xml") || !strings.Contains(said, fmt.Sprintf("0.%d.2", want)) {
			t.Errorf("%s: %v, version %d, said:\n%s", name, err, epochOf(l.Root), said)
		}
		if _, err := p.Read("cib.damaged-1.xml"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileWithoutDigestIsTheAdministrators(t *testing.T) {
	p, _ := filled(t, 3)
	delete(p.names, live+sigSuffix)
	p.names[live] = &content{seen: Text(epoch(t, 50))}
	l, err := OpenDir(p).Load()
	if err != nil || epochOf(l.Root) != 50 || len(l.Problems) != 1 {
		t.Errorf("%v, %+v", err, l)
	}
}

func TestNoFileIsAnEmptyDocumentThatAnyOtherBeats(t *testing.T) {
	l, err := OpenDir(newPlatter()).Load()
	if err != nil || edit.VersionOf(l.Root) != (edit.Version{}) || l.From != "" || len(l.Problems) != 0 {
		t.Errorf("%v, %+v", err, l)
	}
}

func TestFileThatWasEditedUnderWayIsNotOverwritten(t *testing.T) {
	p, d := filled(t, 2)
	p.names[live].seen = append(slices.Clone(p.names[live].seen), '\n')
	if err := d.Write(epoch(t, 3)); !errors.Is(err, ErrEdited) {
		t.Error(err)
	}
}

// The directory as C Pacemaker knows it: names, numbers that wrap at 100, digests, nothing else; and no status in it.
func TestBackupsRotateAsWithPacemaker(t *testing.T) {
	path := t.TempDir()
	disk, err := OpenFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	d := OpenDir(disk)
	for n := range 103 {
		if err := d.Write(epoch(t, n)); err != nil {
			t.Fatal(err)
		}
	}
	last, _ := os.ReadFile(filepath.Join(path, sequence))
	text, _ := os.ReadFile(filepath.Join(path, live))
	if string(last) != "2" || strings.Contains(string(text), "<status") {
		t.Errorf("next backup %q, %s", last, text)
	}
	for n, want := range map[int]int{0: 100, 1: 101, 2: 2, 99: 99} {
		p, err := d.readPair(backup(n), backup(n)+sigSuffix)
		if err != nil || epochOf(p.root) != want {
			t.Errorf("backup %d: %v", n, err)
		}
	}
	names, err := disk.List()
	if err != nil || len(names) != 203 {
		t.Errorf("%d files, %v", len(names), err)
	}
	if err := os.Chmod(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(path); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("a directory for everybody: %v", err)
	}
}

// The files that a cluster of Pacemaker 2.1.5 wrote.
func TestFilesOfPacemakerAreRead(t *testing.T) {
	disk, err := OpenFolder("testdata/ondisk")
	if err != nil {
		t.Fatal(err)
	}
	l, err := OpenDir(disk).Load()
	if err != nil || len(l.Problems) != 0 || l.From != live || edit.VersionOf(l.Root).String() != "0.28.0" {
		t.Errorf("%v, from %q, version %s, %q", err, l.From, edit.VersionOf(l.Root), l.Problems)
	}
}
