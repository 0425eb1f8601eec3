package shareddisk

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/arbiter/disk"
)

// An Occupied error says what stands where the area would be written.
type Occupied struct{ Path, What string }

func (e *Occupied) Error() string { return fmt.Sprintf("%s has %s", e.Path, e.What) }

// Look reads the area at path.
func Look(path string) (disk.Snapshot, error) {
	d, err := open(path, 0)
	if err != nil {
		return disk.Snapshot{}, err
	}
	defer d.close()
	area, err := d.read()
	if err != nil {
		return disk.Snapshot{}, err
	}
	v, err := disk.Read(area)
	if err != nil {
		return v, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// ErrSlow says that the disk did not answer in time.
var ErrSlow = errors.New("the disk does not answer")

// LookWithin is Look that waits so long at the most; an I/O that hangs goes on by itself.
func LookWithin(path string, limit time.Duration) (disk.Snapshot, error) {
	type result struct {
		v   disk.Snapshot
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := Look(path)
		done <- result{v, err}
	}()
	give := time.NewTimer(limit)
	defer give.Stop()
	select {
	case r := <-done:
		return r.v, r.err
	case <-give.C:
		return disk.Snapshot{}, fmt.Errorf("%s: %w within %v", path, ErrSlow, limit)
	}
}

// Init makes the area of two nodes. What else stands there is refused unless forced; a device in use is refused in any case. A path
// that does not exist, in a directory that does, becomes a file.
func Init(path string, nodes [2]string, force bool) (disk.Header, error) {
	h := disk.Header{Nodes: nodes, Made: time.Now()}
	rand.Read(h.ID[:])
	head, err := h.Encode()
	if err != nil {
		return h, err
	}
	more, err := prepare(path, force)
	if err != nil {
		return h, err
	}
	d, err := open(path, more)
	if err != nil {
		return h, err
	}
	defer d.close()
	if err := d.vacant(force); err != nil {
		return h, err
	}
	empty := make([]byte, disk.Block)
	for at := disk.Size - disk.Block; at >= 0; at -= disk.Block { // the header last, and first as zeros: half an area is none
		if err := d.write(empty, at); err != nil {
			return h, err
		}
	}
	if err := d.write(head, 0); err != nil {
		return h, err
	}
	area, err := d.read()
	if err != nil {
		return h, err
	}
	if v, err := disk.Read(area); err != nil || v.Header.ID != h.ID {
		return h, fmt.Errorf("%s does not have what was written to it", path)
	}
	return h, nil
}

// prepare looks what path is, and makes a file where nothing is.
func prepare(path string, force bool) (more int, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && !strings.HasPrefix(path, "/dev/"):
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return 0, plain(path, err)
		}
		local := localOnly(int(f.Fd()))
		if local == "" || force {
			_, err = f.Write(make([]byte, disk.Size))
		}
		f.Close()
		if local != "" && !force {
			os.Remove(path)
			return 0, &Occupied{path, "a file system of this machine alone (" + local + "): the other node would not see it"}
		}
		return 0, err
	case err != nil:
		return 0, plain(path, err)
	case info.Mode()&os.ModeDevice != 0 && info.Mode()&os.ModeCharDevice == 0:
		return unix.O_EXCL, nil // refused by the kernel when it is mounted or part of something
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("%s is neither a block device nor a file", path)
	}
	if info.Size() < disk.Size && info.Size() > 0 && !force {
		return 0, &Occupied{path, fmt.Sprintf("%d bytes of something else", info.Size())}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, plain(path, err)
	}
	defer f.Close()
	if local := localOnly(int(f.Fd())); local != "" && !force {
		return 0, &Occupied{path, "a file system of this machine alone (" + local + "): the other node would not see it"}
	}
	if info.Size() < disk.Size {
		_, err = f.Write(make([]byte, disk.Size))
	}
	return 0, err
}

// vacant refuses an area with something in it.
func (d *device) vacant(force bool) error {
	area, err := d.read()
	if err != nil {
		return err
	}
	if len(area) < disk.Size {
		return fmt.Errorf("%s has %d bytes, and a disk lock needs %d", d.file.Name(), len(area), disk.Size)
	}
	if force {
		return nil
	}
	if v, err := disk.Read(area); err == nil {
		return &Occupied{d.file.Name(), "a disk lock of " + strings.Join(v.Header.Nodes[:], " and ")}
	}
	if what := inhabitant(area); what != "" {
		return &Occupied{d.file.Name(), what}
	}
	return nil
}

// Release writes in the name of a node that it has no lease.
func Release(path, node string) error {
	d, err := open(path, 0)
	if err != nil {
		return err
	}
	defer d.close()
	area, err := d.read()
	if err != nil {
		return err
	}
	v, err := disk.Read(area)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	block, at, err := v.Freed(node)
	if err != nil {
		return err
	}
	return d.write(bytes.Clone(block), at)
}
