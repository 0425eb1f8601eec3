package rawcall

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func socket(t *testing.T, family int) int {
	t.Helper()
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no socket of family %d: %v", family, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func TestDatagramsArriveWithTheirSource(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "::1"} {
		t.Run(addr, func(t *testing.T) {
			peer, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(addr)})
			if err != nil {
				t.Skip(err)
			}
			defer peer.Close()
			to := peer.LocalAddr().(*net.UDPAddr).AddrPort()
			family := unix.AF_INET
			if to.Addr().Unmap().Is6() {
				family = unix.AF_INET6
			}
			fd := socket(t, family)
			target := NewTarget(to, 0)
			if err := Send(fd, []byte("there"), &target); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 64)
			n, from, err := peer.ReadFromUDPAddrPort(buf)
			if err != nil || string(buf[:n]) != "there" {
				t.Fatalf("%q, %v", buf[:n], err)
			}
			if _, err := Receive(fd, buf, nil); err != unix.EAGAIN {
				t.Fatalf("an empty queue gave %v", err)
			}
			if _, err := peer.WriteToUDPAddrPort([]byte("and back"), from); err != nil {
				t.Fatal(err)
			}
			control := make([]byte, 64)
			d, err := Receive(fd, buf, control) // loopback delivers before the write returns
			if err != nil {
				t.Fatal(err)
			}
			if string(buf[:d.Len]) != "and back" || d.Source != to.Addr().Unmap() || d.Truncated || d.Control != 0 {
				t.Errorf("%q %+v", buf[:d.Len], d)
			}
			peer.WriteToUDPAddrPort(bytes.Repeat([]byte("x"), 65), from)
			if d, err = Receive(fd, buf, control); err != nil || !d.Truncated || d.Len != 64 {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
}

func TestSendSaysWhatIsWrong(t *testing.T) {
	to := NewTarget(netip.MustParseAddrPort("127.0.0.1:1"), 0)
	if err := Send(-1, []byte("x"), &to); err != unix.EBADF {
		t.Error(err)
	}
	if _, err := Receive(-1, make([]byte, 1), nil); err != unix.EBADF {
		t.Error(err)
	}
}

func TestTimerMakesTheSetReady(t *testing.T) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(epoll)
	timer, err := unix.TimerfdCreate(unix.CLOCK_BOOTTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(timer)
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, timer, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(timer)}); err != nil {
		t.Fatal(err)
	}
	var events [4]unix.EpollEvent
	if n, err := Ready(epoll, events[:]); n != 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	before := BootTime()
	if err := SetTimer(timer, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if n, err := unix.EpollWait(epoll, events[:], -1); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if d := BootTime() - before; d < time.Millisecond {
		t.Errorf("fired after %v", d)
	}
	if n, err := Ready(epoll, events[:]); n != 1 || err != nil || events[0].Fd != int32(timer) {
		t.Errorf("%d, %v", n, err)
	}
	Drain(timer)
	if n, err := Ready(epoll, events[:]); n != 0 || err != nil {
		t.Errorf("drained: %d, %v", n, err)
	}
	if _, err := Ready(-1, events[:]); err != unix.EBADF {
		t.Error(err)
	}
	if _, err := Ready(epoll, nil); err != unix.EINVAL {
		t.Error(err)
	}
}

func TestReadAndWriteNeverWait(t *testing.T) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(p[0])
	buf := make([]byte, 64)
	if _, err := Read(p[0], buf); err != unix.EAGAIN {
		t.Errorf("an empty pipe: %v", err)
	}
	if n, err := Write(p[1], []byte("frame")); n != 5 || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	if n, err := Read(p[0], buf); string(buf[:n]) != "frame" || err != nil {
		t.Errorf("read %q, %v", buf[:n], err)
	}
	for err := error(nil); err != unix.EAGAIN; _, err = Write(p[1], make([]byte, 4096)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	unix.Close(p[1])
	for n, err := 1, error(nil); n > 0; n, err = Read(p[0], buf) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Read(p[0], nil); err != unix.EINVAL {
		t.Errorf("into nothing: %v", err)
	}
	if n := Unsent(p[0]); n != 0 {
		t.Errorf("a pipe has %d bytes unsent", n)
	}
}
