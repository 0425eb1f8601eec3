package identity

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPeersAreFoundAgain(t *testing.T) {
	dir := t.TempDir()
	if list, notices := Peers(dir); list != nil || notices != nil {
		t.Errorf("before the first: %v %v", list, notices)
	}
	want := []Peer{{"n2", [16]byte{1, 15: 0xff}, 1700000001, 77}, {"n3", [16]byte{}, 1, 0}}
	if err := StorePeers(dir, want); err != nil {
		t.Fatal(err)
	}
	list, notices := Peers(dir)
	if diff := cmp.Diff(want, list); diff != "" || notices != nil {
		t.Errorf("%s %v", diff, notices)
	}
}

func TestADamagedMemoryOfPeersIsNone(t *testing.T) {
	good := string(FormatPeers([]Peer{{"n2", [16]byte{1}, 5, 77}}))
	for name, text := range map[string]string{
		"half a line": good[:len(good)-8] + "x", "three words": "n2 00 5\n", "bad uuid": "n2 zz 5 6\n", "no generation": "n2 01000000000000000000000000000000 0 6\n",
		"large": string(make([]byte, maxPeersFile+1)),
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, PeersFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		list, notices := Peers(dir)
		if list != nil || len(notices) != 1 || notices[0].Err == nil {
			t.Errorf("%s: %v %v", name, list, notices)
		}
	}
}

func FuzzPeers(f *testing.F) {
	f.Add(FormatPeers([]Peer{{"n2", [16]byte{1}, 5, 77}, {"n3", [16]byte{2}, 1 << 60, 0}}))
	f.Add([]byte("# \n\nn2 x 1 2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ParsePeers(data)
		if err != nil {
			return
		}
		again, err := ParsePeers(FormatPeers(list))
		if len(FormatPeers(list)) <= maxPeersFile && (err != nil || !cmp.Equal(list, again)) {
			t.Fatalf("%v became %v: %v", list, again, err)
		}
	})
}
