package crmtool

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode"
)

const errorUsage = `usage: %[1]s [-X | -r] CODE...
       %[1]s -l [-X | -r]

Says what a code of the cluster's programs means.

  -X, --exit    exit codes of commands
  -r, --rc      return codes inside of programs
  -l, --list    all of them
exit codes: 0 done, 64 wrong usage
examples:
  %[1]s -X 105
  %[1]s -l -X
`

// errorCommand is crm_error. Without -X or -r a number is one of the operating system.
func errorCommand(w *World) Code {
	o := w.Options(errorUsage)
	exit := o.BoolP("exit", "X", false, "")
	rc := o.BoolP("rc", "r", false, "")
	list := o.BoolP("list", "l", false, "")
	if code, run := o.Parse(); !run {
		return code
	}
	if *list {
		w.listErrors(*exit)
		return OK
	}
	if o.NArg() == 0 {
		return o.Wrong("which code?")
	}
	for _, arg := range o.Args() {
		n, err := strconv.Atoi(arg)
		if err != nil {
			return o.Wrong("%q is no number", arg)
		}
		switch {
		case *exit:
			w.printf("%s\n", Code(n))
		case *rc:
			w.printf("%s\n", returnText(n))
		default:
			w.printf("%s\n", systemText(max(n, -n)))
		}
	}
	return OK
}

func (w *World) listErrors(exit bool) {
	if exit {
		for _, c := range Codes() {
			w.printf("% 5d: %s\n", int(c), c)
		}
		return
	}
	// Errors of the operating system that no program of a cluster meets are left out.
	foreign := []int{48, 50, 55, 59, 68, 69, 73, 109, 118, 119, 130, 131, 132}
	for n := -1000 - len(returnTexts()); n < 200; n++ {
		if text := returnText(n); !strings.HasPrefix(text, "Unknown error") && !slices.Contains(foreign, n) {
			w.printf("% 5d: %s\n", n, text)
		}
	}
}

// returnText is what a return code means: 0, an error of the operating system, or below -1000 one of the cluster's own.
func returnText(n int) string {
	switch texts := returnTexts(); {
	case n == 0:
		return "OK"
	case n > 0:
		return systemText(n)
	case n < -1000 && -n-1001 < len(texts):
		return texts[-n-1001]
	}
	return "Unknown error"
}

// returnTexts are the cluster's own return codes from -1001 down.
func returnTexts() []string {
	return []string{
		"Error", "Unknown output format", "Bad name/value pair given", "Already in requested state", "Node not found",
		"Resource active on multiple nodes", "Could not parse on-disk configuration", "Could not save new configuration to disk",
		"Could not archive previous configuration", "On-disk configuration was manually modified",
		"Application of update diff failed, requesting full refresh", "Application of update diff failed",
		"Update was older than existing configuration", "Schema transform failed", "Schema is already the latest available",
		"Update does not conform to the configured schema", "Operation requires quorum", "IPC server is blocked by unauthorized process",
		"IPC server is unresponsive", "IPC server process is active but not accepting connections",
		"Not applicable under current conditions", "Result undetermined", "Result occurs before given range", "Result occurs within given range",
		"Result occurs after given range", "Output message produced no output", "Input file not available",
		"Value too small to be stored in data type", "Error writing dot(1) file", "Error writing graph file",
		"Cluster simulation produced invalid transition", "Unable to parse CIB XML", "Two or more XML elements have the same ID",
	}
}

// systemText is an error of the operating system in the words of its C library, which begins them with a capital.
func systemText(n int) string {
	text := syscall.Errno(n).Error()
	switch {
	case n == 0:
		return "OK"
	case strings.HasPrefix(text, "errno "):
		return fmt.Sprintf("Unknown error %d", n)
	case strings.HasPrefix(text, ".lib"):
		return text
	}
	letters := []rune(text)
	letters[0] = unicode.ToUpper(letters[0])
	return string(letters)
}
