package filesystem

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMountInfoIsRead(t *testing.T) {
	got := parseMounts([]byte("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n" +
		"37 36 0:5 / /mnt2/a\\040b rw - tmpfs none rw\nnonsense\n\n38 1 0:6 / /x rw shared:1 master:2 - nfs4 srv:/x rw\n"))
	if len(got) != 3 {
		t.Fatalf("%d mounts: %+v", len(got), got)
	}
	if m := got[0]; m.id != 36 || m.device != "98:0" || m.root != "/mnt1" || m.dir != "/mnt2" || m.kind != "ext3" || m.source != "/dev/root" {
		t.Errorf("%+v", m)
	}
	if got[1].dir != "/mnt2/a b" || !got[1].below("/mnt2") || got[1].below("/mnt") {
		t.Errorf("%+v", got[1])
	}
	if got[2].kind != "nfs4" {
		t.Errorf("%+v", got[2])
	}
}

func TestOptionsAreSorted(t *testing.T) {
	o, err := parseOptions("rw,noatime,errors=remount-ro,_netdev,x-systemd.automount,loop,data=ordered," + lazyOption)
	if err != nil || o.flags != unix.MS_NOATIME || strings.Join(o.data, ",") != "errors=remount-ro,data=ordered" || !o.loop || !o.lazy {
		t.Errorf("%+v, %v", o, err)
	}
	if o, _ := parseOptions("bind,ro"); !o.bind || !o.readOnly || len(o.data) != 0 {
		t.Errorf("%+v", o)
	}
}

func TestLinksInTheMountPointAreFollowed(t *testing.T) {
	links := func(p string) (string, error) {
		to, ok := map[string]string{"/data": "srv/data", "/srv": "/mnt", "/loop": "loop"}[p]
		if !ok {
			return "", os.ErrInvalid
		}
		return to, nil
	}
	for in, want := range map[string]string{"/data/x": "/mnt/data/x", "/plain": "/plain", "/srv/": "/mnt", "/loop/a": "/loop/a"} {
		if got := resolved(in, links); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func FuzzMountInfo(f *testing.F) {
	f.Add([]byte("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw\n"))
	f.Add([]byte(`1 1 1 \0401 \04 - - - - - - \ `))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, m := range parseMounts(data) {
			if m.kind == "" || m.dir == "" {
				t.Errorf("%+v of %q", m, data)
			}
		}
	})
}

func FuzzSuperblock(f *testing.F) {
	f.Add([]byte("XFSB"))
	f.Add(append(make([]byte, 0x438), 0x53, 0xef))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, ok := parseSuperblock(data); ok && s.kind == "" {
			t.Errorf("%+v of %d bytes", s, len(data))
		}
	})
}

func FuzzOptions(f *testing.F) {
	f.Add("rw,loop=/dev/loop0,x-a,=,,")
	f.Fuzz(func(t *testing.T, s string) {
		o, err := parseOptions(s)
		if err == nil && o.readOnly != (o.flags&unix.MS_RDONLY != 0) {
			t.Errorf("%q: %+v", s, o)
		}
	})
}
