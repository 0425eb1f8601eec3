package media

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
)

// explain wraps an error of the operating system with the way out.
func explain(m conf.Medium, op string, err error) error {
	return &OpenError{Medium: m, Op: op, Err: err, Fix: fixFor(m, err)}
}

func fixFor(m conf.Medium, err error) string {
	switch {
	case m.Kind == "serial":
		return fixForSerial(m, err)
	case isPing(m.Kind):
		return fixForPing(err)
	}
	switch {
	case errors.Is(err, unix.EPERM):
		return "run as root, or with CAP_NET_RAW in the network namespace of this process"
	case errors.Is(err, unix.EACCES):
		return fmt.Sprintf("port %d is privileged: run as root or with CAP_NET_BIND_SERVICE, or set udpport to 1024 or more", m.Port)
	case errors.Is(err, unix.EADDRINUSE):
		return fmt.Sprintf("another program owns UDP port %d: stop it, or give this cluster its own udpport; it is tried again", m.Port)
	case errors.Is(err, unix.ENODEV):
		return "check the name of the interface; it is used as soon as the interface appears"
	case errors.Is(err, unix.EADDRNOTAVAIL) && (m.Kind == "ucast6" || m.Kind == "mcast6"):
		return "give the interface an IPv6 address; the link is used as soon as it has one"
	case errors.Is(err, unix.EADDRNOTAVAIL):
		return "give the interface an IPv4 address; the link is used as soon as it has one"
	case errors.Is(err, unix.EAFNOSUPPORT):
		return "switch IPv6 on in this kernel, or use an IPv4 medium"
	case errors.Is(err, errNoCarrier):
		return "check the cable, the switch port and the other machine's card; the link is used again as soon as it has a carrier"
	case errors.Is(err, errDown):
		return "run: ip link set " + m.Interface + " up"
	}
	return ""
}

func fixForPing(err error) string {
	switch {
	case errors.Is(err, unix.EPERM):
		return "run as root or with CAP_NET_RAW, or list the group of this process in net.ipv4.ping_group_range"
	case errors.Is(err, unix.EACCES):
		return "list the group of this process in net.ipv4.ping_group_range, or run as root or with CAP_NET_RAW"
	case errors.Is(err, unix.ENETUNREACH), errors.Is(err, unix.EHOSTUNREACH):
		return "check the routes of this machine: there is none to the host"
	case errors.Is(err, errZone):
		return "write the interface behind the address, such as fe80::1%eth0"
	}
	return ""
}

// isPing says whether a line watches a host outside the cluster.
func isPing(kind string) bool { return kind == "ping" || kind == "ping6" || kind == "ping_group" }
