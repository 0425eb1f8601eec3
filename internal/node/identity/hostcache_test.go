package identity

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"heartbeat/internal/membership"
)

// A file that a C 3.0.6 daemon wrote: an unknown uuid is all zero, weight and site as hb_setweight and hb_setsite left them.
const writtenByC = "w1\t0c980123-6520-4f5b-894c-220d76a5c2b4\t100\t\n" +
	"w5\t00000000-0000-0000-0000-000000000000\t7\ta b\n" +
	"w6\t00000000-0000-0000-0000-000000000000\t100\t\n"

func TestHostCacheOfCIsReadAndWrittenByteForByte(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, HostCache), []byte(writtenByC), 0o644)
	list, notices := ReadNodes(dir, HostCache)
	if len(list) != 3 || notices != nil {
		t.Fatalf("%+v %v", list, notices)
	}
	if m := list[1]; m.Name != "w5" || m.Weight != 7 || m.Site != "a b" || m.UUID != [16]byte{} {
		t.Errorf("%+v", m)
	}
	if err := WriteNodes(dir, DelHostCache, list); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, DelHostCache)); string(b) != writtenByC {
		t.Errorf("%q", b)
	}
	if err := WriteNodes(dir, DelHostCache, nil); err != nil {
		t.Fatal(err)
	}
	if list, notices := ReadNodes(dir, DelHostCache); list != nil || notices != nil {
		t.Errorf("an empty list is %v %v", list, notices)
	}
}

func TestOneBadLineCostsOnlyItself(t *testing.T) {
	dir := t.TempDir()
	text := "w1\t0c980123-6520-4f5b-894c-220d76a5c2b4\n" + // the old form
		"w2\t0c980123-6520-4f5b-894c\t100\t\n" +
		"\n" +
		"w3\t0c980123-6520-4f5b-894c-220d76a5c2bZ\t100\t\n" +
		"w4\t0c980123-6520-4f5b-894c-220d76a5c2b4\tmany\t\n" +
		"W5\t1C980123-6520-4f5b-894c-220d76a5c2b4\t50\tsouth"
	os.WriteFile(filepath.Join(dir, HostCache), []byte(text), 0o644)
	list, notices := ReadNodes(dir, HostCache)
	if len(list) != 2 || list[0].Weight != 100 || list[1].Name != "w5" || list[1].Site != "south" {
		t.Errorf("%+v", list)
	}
	if len(notices) != 4 || !strings.Contains(notices[0].Text, "line 2") {
		t.Errorf("%v", notices)
	}
	if list, notices := ReadNodes(dir, DelHostCache); list != nil || notices != nil {
		t.Errorf("a missing file: %v %v", list, notices)
	}
}

func FuzzReadNodes(f *testing.F) {
	f.Add([]byte(writtenByC))
	f.Add([]byte("w1\t0c980123-6520-4f5b-894c-220d76a5c2b4"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, HostCache)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Skip(err)
		}
		list, _ := ReadNodes(dir, HostCache)
		for _, m := range list {
			if m.Name == "" || strings.ContainsAny(m.Name+m.Site, "\n") {
				t.Fatalf("%q gives %+v", data, m)
			}
		}
		if err := WriteNodes(dir, "again", list); err != nil {
			t.Fatal(err)
		}
		again, notices := ReadNodes(dir, "again")
		if notices != nil || !reflect.DeepEqual(append([]membership.Member(nil), again...), append([]membership.Member(nil), list...)) {
			t.Errorf("%q: %+v became %+v (%v)", data, list, again, notices)
		}
	})
}
