package vnet

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// helper is what this test program does when it is started inside a machine.
func helper(role string, args []string) int {
	switch role {
	case "helper-answer":
		return answer()
	case "helper-ask":
		return ask(args[0], args[1])
	case "helper-exit":
		return exit(args[0])
	case "helper-places":
		return places()
	case "helper-fresh":
		if _, err := os.Stat("/run/vnet-was-here"); err == nil {
			return 1
		}
		return 0
	case "helper-hang":
		for { // the runtime takes a bare select for a deadlock when nothing else runs, and ends the program
			unix.Pause()
		}
	case "helper-carrier":
		data, _ := os.ReadFile("/sys/class/net/" + args[0] + "/carrier")
		fmt.Print(string(data))
		return 0
	case "helper-received":
		return received()
	case "helper-terminal":
		return terminal()
	case "helper-address":
		return address(args[0], args[1])
	case "helper-reboot":
		unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
		select {}
	}
	return 99
}

// answer tells the machine's name to whoever asks.
func answer() int {
	conn, err := net.ListenPacket("udp", ":7007")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("listening")
	name, _ := os.Hostname()
	buf := make([]byte, 64)
	for {
		_, from, err := conn.ReadFrom(buf)
		if err != nil {
			return 1
		}
		conn.WriteTo([]byte(name), from)
	}
}

// ask asks until answered, tries times 20 ms at the most.
func ask(addr, tries string) int {
	conn, err := net.Dial("udp", net.JoinHostPort(addr, "7007"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	buf := make([]byte, 64)
	n, _ := strconv.Atoi(tries)
	for range n {
		again := time.After(20 * time.Millisecond)
		conn.Write([]byte("who?"))
		conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if n, err := conn.Read(buf); err == nil {
			fmt.Println(string(buf[:n]))
			return 0
		}
		<-again
	}
	return 1
}

func exit(how string) int {
	if how == "kill" {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	n, _ := strconv.Atoi(how)
	return n
}

func places() int {
	name, _ := os.Hostname()
	fmt.Println("host", name)
	fmt.Println("COLOUR", os.Getenv("COLOUR"))
	cards, _ := os.ReadDir("/sys/class/net")
	fmt.Print("cards")
	for _, c := range cards {
		fmt.Print(" ", c.Name())
	}
	fmt.Println()
	for _, dir := range []string{"/run", "/etc", "/var/lib", "/tmp", "/usr"} {
		if err := os.WriteFile(filepath.Join(dir, "vnet-was-here"), nil, 0o644); err != nil {
			fmt.Println("write", dir, "refused")
		} else {
			fmt.Println("write", dir, "ok")
		}
	}
	return 0
}

// received prints how many UDP datagrams came in.
func received() int {
	f, err := os.Open("/proc/net/snmp")
	if err != nil {
		return 1
	}
	for s := bufio.NewScanner(f); s.Scan(); {
		if fields := strings.Fields(s.Text()); fields[0] == "Udp:" && fields[1] != "InDatagrams" {
			fmt.Println(fields[1])
		}
	}
	return 0
}

// terminal tells what it knows of its terminal, when asked to.
func terminal() int {
	bufio.NewReader(os.Stdin).ReadString('\n')
	size, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Printf("size %dx%d\n", size.Col, size.Row)
	if f, err := os.Open("/dev/tty"); err == nil {
		fmt.Println("controlling")
		f.Close()
	}
	return 0
}

// address adds an address and takes it away.
func address(card, prefix string) int {
	link, err := netlink.LinkByName(card)
	if err == nil {
		err = addAddr(link, prefix)
	}
	if err == nil {
		var a *netlink.Addr
		a, err = netlink.ParseAddr(prefix)
		if err == nil {
			err = netlink.AddrDel(link, a)
		}
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// processesBelow counts the processes of the host whose command line holds word
// and whose ancestor is the lab's switchboard.
func processesBelow(t *testing.T, lab *Lab, word string) int {
	t.Helper()
	top, err := running(lab.Dir())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, pid := range hostProcesses(t) {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if !strings.Contains(string(line), word) {
			continue
		}
		for p := pid; p > 1; p = parent(p) {
			if p == top {
				n++
				break
			}
		}
	}
	return n
}

func hostProcesses(t *testing.T) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func parent(pid int) int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	p, _ := strconv.Atoi(fields[1])
	return p
}
