package lab

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// echo tells the machine's name to whoever asks by UDP, and repeats the question
// so that the asker can match them.
func echo() int {
	name, err := os.Hostname()
	if err == nil {
		go func() { _ = echoOn("udp6", name) }() // a kernel without IPv6 is fine
		err = echoOn("udp4", name)
	}
	fmt.Fprintln(os.Stderr, "echo:", err)
	return 1
}

// echoOn answers from the very address that was asked: a service address is
// rarely the one the kernel would choose, and an asker takes no answer from another.
func echoOn(network, name string) error {
	pc, err := net.ListenPacket(network, ":"+EchoPort)
	if err != nil {
		return err
	}
	defer pc.Close()
	conn := pc.(*net.UDPConn)
	if err := wantAsked(conn, network); err != nil {
		return fmt.Errorf("learning which address was asked: %w", err)
	}
	buf, control := make([]byte, 64), make([]byte, 128)
	for {
		n, m, _, from, err := conn.ReadMsgUDPAddrPort(buf, control)
		if err != nil {
			return err
		}
		// The note about the asked address, sent back, sets the source of the answer.
		conn.WriteMsgUDPAddrPort(append(buf[:n:n], name...), control[:m], from)
	}
}

// wantAsked makes the kernel note with every datagram which address it came to.
func wantAsked(conn *net.UDPConn, network string) error {
	level, option := unix.IPPROTO_IP, unix.IP_PKTINFO
	if network == "udp6" {
		level, option = unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var serr error
	if err := raw.Control(func(fd uintptr) { serr = unix.SetsockoptInt(int(fd), level, option, 1) }); err != nil {
		return err
	}
	return serr
}
