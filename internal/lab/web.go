package lab

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// webAgent is the name of the resource agent that serves a page. It is this
// program under another name, so that the demo needs no web server installed.
const webAgent = "lab-web"

const webPIDFile = "/run/lab-web.pid"

// webAgentMain is the agent: start, stop, status, as scripts of resource.d do it.
func webAgentMain(args []string) int {
	verb := ""
	if len(args) > 0 {
		verb = args[len(args)-1]
	}
	var err error
	switch verb {
	case "start":
		err = webStart()
	case "stop":
		err = webStop()
	case "status", "monitor":
		if webPID() == 0 {
			fmt.Println("lab-web is stopped")
			return 3
		}
		fmt.Println("lab-web is running")
	default:
		fmt.Fprintln(os.Stderr, "usage: lab-web start|stop|status")
		return 2
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab-web:", err)
		return 1
	}
	return 0
}

// webStart returns when the server listens.
func webStart() error {
	if webPID() != 0 {
		return nil
	}
	l, err := net.Listen("tcp", ":80")
	if err != nil {
		return fmt.Errorf("listening on port 80: %w", err)
	}
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe", "lab", "inside", "web")
	cmd.ExtraFiles = []*os.File{f} // it listens already: the server cannot fail later
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	return os.WriteFile(webPIDFile, []byte(strconv.Itoa(cmd.Process.Pid)), 0o644)
}

func webStop() error {
	pid := webPID()
	if pid == 0 {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	for deadline := time.Now().Add(5 * time.Second); webPID() != 0; {
		if time.Now().After(deadline) {
			return errors.New("the server does not end")
		}
		time.Sleep(time.Millisecond)
	}
	return os.Remove(webPIDFile)
}

// webPID is the running server's process number, or 0.
func webPID() int {
	data, err := os.ReadFile(webPIDFile)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || pid <= 1 {
		return 0
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !strings.HasSuffix(string(line), "inside\x00web\x00") {
		return 0 // gone, or the number belongs to another program by now
	}
	return pid
}

// webServe answers every request with the name of the machine.
func webServe() int {
	l, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	name, err := os.Hostname()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, name+"\n") })
	server := &http.Server{Handler: page, ReadHeaderTimeout: 5 * time.Second}
	fmt.Fprintln(os.Stderr, server.Serve(l))
	return 1
}
