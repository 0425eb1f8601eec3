package vnet

import (
	"io"
	"strings"
	"testing"
)

func TestProgramOnATerminalOfItsOwn(t *testing.T) {
	lab := newLab(t)
	p, err := lab.Start("node1", Command{Argv: []string{BinDir + "/heartbeat", "helper-terminal"}, TTY: true})
	must(t, err)
	if p.Terminal == nil {
		t.Fatal("no terminal came back")
	}
	defer p.Terminal.Close()
	must(t, p.Resize(91, 17))
	_, err = io.WriteString(p.Terminal, "go\n")
	must(t, err)
	out, _ := io.ReadAll(p.Terminal) // EIO at the end is how terminals end
	if code, err := p.Wait(); code != 0 || err != nil {
		t.Errorf("exit %d, %v", code, err)
	}
	if !strings.Contains(string(out), "size 91x17") || !strings.Contains(string(out), "controlling") {
		t.Errorf("the program saw %q", out)
	}
}
