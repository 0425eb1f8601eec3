package crmtool

import (
	"strconv"
	"strings"

	"heartbeat/internal/xmltree"
)

// apiVersion is the version of the answers in XML, as their schemas count it.
const apiVersion = "2.25"

// Result is the answer of a command as XML: what it found, then the code with its text and what went wrong.
func (w *World) Result(code Code, found []*xmltree.Node, problems ...string) *xmltree.Node {
	request := strings.Join(append([]string{w.Prog}, w.Args...), " ")
	root := xmltree.New("pacemaker-result", "api-version", apiVersion, "request", request).Add(found...)
	status := xmltree.New("status", "code", strconv.Itoa(int(code)), "message", code.String())
	if len(problems) > 0 {
		list := xmltree.New("errors")
		for _, p := range problems {
			list.Add(xmltree.New("error").Add(&xmltree.Node{Kind: xmltree.Text, Text: p}))
		}
		status.Add(list)
	}
	return root.Add(status)
}

// PrintResult prints the answer as XML, and returns its code.
func (w *World) PrintResult(code Code, found []*xmltree.Node, problems ...string) Code {
	_, _ = w.Stdout.Write(w.Result(code, found, problems...).Append(nil, "  "))
	return code
}
