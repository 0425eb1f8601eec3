package crmtool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heartbeat/internal/cib/store"
	"heartbeat/internal/isotime"
	"heartbeat/internal/verify"
)

const verifyUsage = `usage: %[1]s (-x FILE | -X XML | -p | -L) [options]

Checks the document of a cluster: its form, what it names, and what is known to go wrong.

where the document is
  -x, --xml-file FILE  in a file
  -X, --xml-text XML   here
  -p, --xml-pipe       on standard input
  -L, --live-check     in the running cluster, or in the file that CIB_file names
what is done
  -S, --save-xml FILE  write it to a file, too
what is shown
  -V, --verbose        each error; -VV: each warning as well; both with the place and the remedy
      --explain        everything with its place and remedy, hints too
      --output-as FORM text or xml
exit codes: 0 good, 1 cannot be read, 64 wrong usage, 78 errors or warnings, 102 no running cluster
examples:
  %[1]s -x cib.xml --explain
  %[1]s -L -V
`

// A verification is one run of crm_verify.
type verification struct {
	*World
	o       *Options
	file    string // as problems name it
	doc     string
	explain bool
	save    string
}

func crmVerify(w *World) Code {
	v := verification{World: w, o: w.Options(verifyUsage, "text", "xml")}
	file := v.o.StringP("xml-file", "x", "", "")
	text := v.o.StringP("xml-text", "X", "", "")
	pipe := v.o.BoolP("xml-pipe", "p", false, "")
	live := v.o.BoolP("live-check", "L", false, "")
	v.o.StringVarP(&v.save, "save-xml", "S", "", "")
	v.o.BoolVar(&v.explain, "explain", false, "")
	if code, run := v.o.Parse(); !run {
		return code
	}
	if code, ok := v.o.NoArguments(); !ok {
		return code
	}
	if *live {
		if *file = w.Getenv("CIB_file"); *file == "" {
			return v.end(Disconnected, "CIB query failed: Transport endpoint is not connected")
		}
	}
	collectLate()
	var err error
	unread := "Couldn't parse input from STDIN."
	switch {
	case *file != "":
		v.file, unread = filepath.Base(*file), "Couldn't parse input file: "+*file
		v.doc, err = w.input(*file, store.MostBytes)
	case v.o.Changed("xml-text"):
		v.file, unread = "input", "Couldn't parse input string: "+*text
		v.doc = *text
	case *pipe:
		v.file = "stdin"
		v.doc, err = w.input("-", store.MostBytes)
	default:
		return v.end(Error, "No configuration source specified.  Use --help for usage information.")
	}
	if err != nil {
		v.complain("%s: %s\n", v.file, err)
		return v.end(Error, unread)
	}
	return v.run(unread)
}

func (v *verification) run(unread string) Code {
	root, err := parseText(v.doc, false)
	if err != nil {
		v.complain("%s: %s\n", v.file, err)
		// Of what begins as a document and breaks off, Pacemaker judges the part before: such a configuration is not valid.
		if strings.Contains(v.doc, "<cib") {
			return v.verdict(true)
		}
		return v.end(Error, unread)
	}
	if root.Name != "cib" {
		return v.end(Data, "This tool can only check complete configurations (i.e. those starting with <cib>).")
	}
	if v.save != "" {
		if err := os.WriteFile(v.save, root.Append(nil, "  "), 0o600); err != nil {
			v.complain("%s: %s\n", v.Prog, err)
			return CannotCreate
		}
	}
	r := verify.Document(root, isotime.UTC(time.Now().Unix()))
	v.print(r)
	if v.o.As != "xml" && (v.o.Verbose > 0 || v.explain) {
		for _, line := range upgradeLines(root) {
			v.complain("explain: %s: %s\n", v.file, line)
		}
	}
	switch {
	case r.Errors():
		return v.verdict(true)
	case r.Warnings():
		return v.verdict(false)
	}
	return v.end(OK)
}

// print shows what was found: lines that scripts know, then the same with places and remedies.
func (v *verification) print(r *verify.Report) {
	if v.o.As == "xml" {
		return
	}
	for _, l := range r.Lines {
		switch {
		case l.Form:
			v.complain("%s:%d: element %s: %s\n", v.file, l.At.Line, l.At.Element, l.Text)
		case l.Tag == "":
			v.complain("%s\n", l.Text)
		case l.Error && v.o.Verbose > 0:
			v.complain("(%s) \terror: %s\n", l.Tag, l.Text)
		case !l.Error && v.o.Verbose > 1:
			v.complain("(%s) \twarning: %s\n", l.Tag, l.Text)
		}
	}
	if v.o.Verbose == 0 && !v.explain {
		return
	}
	for _, p := range r.Problems {
		word := "error"
		if p.Warning {
			word = "warning"
		}
		if p.Warning && v.o.Verbose < 2 && !v.explain {
			continue
		}
		v.complain("explain: %s: %s: %s\n", v.file, word, p)
	}
	if v.explain {
		for _, p := range r.Hints {
			v.complain("explain: %s: hint: %s\n", v.file, p)
		}
	}
}

func (v *verification) verdict(errors bool) Code {
	text := "Warnings found during check: config may not be valid"
	if errors {
		text = "Errors found during check: config not valid"
	}
	if v.o.Verbose == 0 {
		text += "\n-V may provide more details"
	}
	return v.end(Config, text)
}

// end prints the outcome in the form that is wanted.
func (v *verification) end(code Code, problems ...string) Code {
	if v.o.As == "xml" {
		for i, p := range problems {
			problems[i] = fmt.Sprintf("%s: %s", v.Prog, p)
		}
		return v.PrintResult(code, nil, problems...)
	}
	for _, p := range problems {
		v.complain("%s: %s\n", v.Prog, p)
	}
	return code
}
