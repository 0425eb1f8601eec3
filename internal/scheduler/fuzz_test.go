package scheduler_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/scheduler/simulate"
	"heartbeat/internal/xmltree"
)

// everything does all that can be done with a document, and must neither panic nor hang.
func everything(doc []byte) {
	root, err := xmltree.Parse(doc, xmltree.Options{})
	if err != nil {
		return
	}
	if root, _, err = cib.Upgrade(root); err != nil {
		return
	}
	now := isotime.UTC(1_780_000_000)
	r := scheduler.Status(root, now, scheduler.Options{ShowScores: true, ShowUtilization: true})
	r.Headline()
	r.StatusText(true)
	r.Decide()
	r.Summary()
	_ = r.WriteDOT(io.Discard, true, true)
	run := simulate.Run{Root: simulate.Copy(root), Known: r, Now: now.Unix}
	run.Execute(r.Graph())
	scheduler.Status(run.Root, now, scheduler.Options{}).StatusText(false)
}

func FuzzSchedule(f *testing.F) {
	for _, doc := range ownDocuments(f) {
		f.Add(doc)
	}
	f.Fuzz(func(_ *testing.T, doc []byte) {
		if len(doc) < 20_000 {
			everything(doc)
		}
	})
}

func ownDocuments(tb testing.TB) (docs [][]byte) {
	names, err := filepath.Glob("testdata/cases/xml/*.xml")
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range names {
		doc, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		docs = append(docs, doc)
	}
	return docs
}

// TestDamagedDocuments takes every element out of documents in turn, and every attribute, and gives attributes odd values.
func TestDamagedDocuments(t *testing.T) {
	for _, doc := range ownDocuments(t) {
		root, err := xmltree.Parse(doc, xmltree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		damage(root, func() { everything(root.Append(nil, "")) })
	}
}

func damage(n *xmltree.Node, try func()) {
	children := n.Children
	for i := range children {
		n.Children = append(append([]*xmltree.Node(nil), children[:i]...), children[i+1:]...)
		try()
		n.Children = children
		damage(children[i], try)
	}
	attrs := n.Attrs
	for i := range attrs {
		n.Attrs = append(append([]xmltree.Attr(nil), attrs[:i]...), attrs[i+1:]...)
		try()
		for _, value := range []string{"", "-1", "INFINITY", "99999999999999999999", "one", "%1"} {
			n.Attrs = append([]xmltree.Attr(nil), attrs...)
			n.Attrs[i].Value = value
			try()
		}
		n.Attrs = attrs
	}
}
