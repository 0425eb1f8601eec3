package applet

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heartbeat/internal/logd"
	"heartbeat/internal/logd/record"
)

// loggerPatience is how long ha_logger waits for a daemon that does not read.
const loggerPatience = 10 * time.Second

// haLogger hands lines to the logging daemon, as scripts do (resources spec, section 9.4).
func haLogger(c *call, args []string) int {
	options, words, err := getopt(c.prog, "t:D:h", args)
	usage := func() int {
		c.printf("usage: ha_logger [-t tag] [-D <ha-log/ha-debug>] [message]\n")
		return exitNotWell
	}
	if err != nil {
		c.complain("%s\n", err)
		return usage()
	}
	line := record.Line{Entity: "cluster", PID: os.Getpid(), Facility: 1 << 3, Priority: 6} // user.info, as C
	kind := "ha-log"
	for _, o := range options {
		switch o.letter {
		case 't':
			line.Entity = o.value
		case 'D':
			kind = o.value
		case 'h':
			return usage()
		}
	}
	to, err := logd.Dial(filepath.Join(c.State, logd.SocketName), loggerPatience)
	if err != nil {
		c.complain("logd is not running\n")
		return exitNotWell
	}
	defer to.Close()
	switch kind {
	case "ha-log":
	case "ha-debug":
		line.Priority = 7
	default:
		return usage()
	}
	if err := sendLines(to, line, words, c.Stdin); err != nil {
		c.complain("%s: %s\n", c.prog, err)
		return exitNotWell
	}
	return exitOK
}

// loggerLine is the longest piece of text that C's program sends at once, in bytes.
const loggerLine = 1023

// sendLines sends every argument as a line of its own, or else every line of the input; long ones in pieces.
func sendLines(to *logd.Client, l record.Line, words []string, in io.Reader) error {
	send := func(text string) error {
		for first := true; first || text != ""; first = false {
			n := min(len(text), loggerLine)
			l.At, l.Text = time.Now(), text[:n]
			if err := to.Write(l, loggerPatience); err != nil {
				return err
			}
			text = text[n:]
		}
		return nil
	}
	for _, w := range words {
		if err := send(w); err != nil {
			return err
		}
	}
	if len(words) > 0 {
		return nil
	}
	from := bufio.NewReader(in)
	for {
		text, err := from.ReadString('\n')
		if text != "" {
			if err := send(strings.TrimSuffix(text, "\n")); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
