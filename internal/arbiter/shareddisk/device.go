package shareddisk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"heartbeat/internal/arbiter/disk"
)

// A device is an open area. Its buffer is what direct I/O wants: at the beginning of a page.
type device struct {
	file *os.File
	buf  []byte
}

// open opens the area at path past every cache of this machine.
func open(path string, more int) (*device, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_DIRECT|unix.O_SYNC|unix.O_CLOEXEC|more, 0o600)
	switch {
	case errors.Is(err, unix.EINVAL):
		return nil, fmt.Errorf("%s cannot be read past the cache (O_DIRECT): its file system is not made for this; give a block device, or a file on NFS, OCFS2 or GFS2", path)
	case errors.Is(err, unix.EBUSY):
		return nil, fmt.Errorf("%s is in use: mounted, or part of something else", path)
	case err != nil:
		return nil, plain(path, err)
	}
	buf, err := unix.Mmap(-1, 0, disk.Size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("memory for direct I/O: %w", err)
	}
	return &device{f, buf}, nil
}

// plain is an error without the words that only a programmer needs.
func plain(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (d *device) close() {
	_ = d.file.Close()
	_ = unix.Munmap(d.buf)
}

// read returns the whole area, or what there is of it. It is valid until the next I/O.
func (d *device) read() ([]byte, error) {
	for n := 0; ; {
		got, err := unix.Pread(int(d.file.Fd()), d.buf[n:], int64(n))
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, plain(d.file.Name(), err)
		case got == 0 || n+got == len(d.buf):
			return d.buf[:n+got], nil
		case got%disk.Block != 0:
			return d.buf[:n+got], nil // the end of a file
		default:
			n += got
		}
	}
}

// write writes one block.
func (d *device) write(block []byte, at int) error {
	copy(d.buf, block)
	for {
		n, err := unix.Pwrite(int(d.file.Fd()), d.buf[:len(block)], int64(at))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return plain(d.file.Name(), err)
		case n != len(block):
			return fmt.Errorf("%s: only %d of %d bytes were written", d.file.Name(), n, len(block))
		}
		return nil
	}
}
