package crmtool

import (
	"heartbeat/internal/cib/edit"
	"heartbeat/internal/cib/store"
	"heartbeat/internal/xmltree"
)

const crmDiffUsage = `usage: %[1]s -o FILE -n FILE [-c | -u]
       %[1]s -o FILE -p PATCH

Makes the patch that leads from one configuration to another, or applies one and prints the result.

  -o, --original FILE          from here; - is standard input
  -O, --original-string XML    the same as an argument
  -n, --new FILE               to here; -N, --new-string XML
  -p, --patch FILE             apply this patch to the original
  -c, --cib                    as documents of a cluster: with a digest; the order of attributes is nothing
  -u, --no-version             without versions: the patch fits any version of the document
  -s, --stdin                  the original is on standard input
  -1, --format-1               in the older format, for Heartbeat 2 and Pacemaker before 1.1.12
exit codes: 0 no difference, or the patch is applied; 1 there is one, or the patch does not fit; 64 wrong usage; 65 no XML;
103 the document is newer than the patch (with -c)
examples:
  %[1]s -u -o old.xml -n new.xml | cibadmin -P -p
`

type comparison struct {
	*Options
	original, originalText, new, newText, patch string
	cib, noVersion, stdin, first                bool
}

func crmDiff(w *World) Code {
	d := &comparison{Options: w.Options(crmDiffUsage)}
	d.StringVarP(&d.original, "original", "o", "", "")
	d.StringVarP(&d.originalText, "original-string", "O", "", "")
	d.StringVarP(&d.new, "new", "n", "", "")
	d.StringVarP(&d.newText, "new-string", "N", "", "")
	d.StringVarP(&d.patch, "patch", "p", "", "")
	d.BoolVarP(&d.cib, "cib", "c", false, "")
	d.BoolVarP(&d.noVersion, "no-version", "u", false, "")
	d.BoolVarP(&d.stdin, "stdin", "s", false, "")
	d.BoolVarP(&d.first, "format-1", "1", false, "")
	if code, run := d.Parse(); !run {
		return code
	}
	if code, ok := d.NoArguments(); !ok {
		return code
	}
	if d.stdin {
		d.original = "-"
	}
	if d.cib && d.noVersion {
		return d.Wrong("-u/--no-version incompatible with -c/--cib")
	}
	if d.original == "" && d.originalText == "" {
		return d.Wrong("say with -o, -O or -s what the original is")
	}
	if d.new == "" && d.newText == "" && d.patch == "" {
		return d.Wrong("say with -n or -N what it is to be compared with, or with -p what to apply")
	}
	if d.original == "-" && (d.new == "-" || d.patch == "-") {
		return d.Wrong("only one of them can come from standard input")
	}
	return d.run()
}

func (d *comparison) run() Code {
	from, code := d.read("first", d.original, d.originalText)
	if code != OK {
		return code
	}
	if d.patch != "" {
		return d.apply(from)
	}
	to, code := d.read("second", d.new, d.newText)
	if code != OK {
		return code
	}
	o := edit.DiffOptions{Digest: d.cib, NoVersion: d.noVersion, Order: !d.cib}
	if d.first || d.w.Getenv("HA_CLI_DIALECT") == "2.1" {
		o.Format = 1
	}
	patch, err := edit.Diff(from, to, o)
	if err != nil {
		d.w.complain("%s: %s\n", d.w.Prog, err)
		return Software
	}
	if patch == nil {
		return OK
	}
	d.w.printXML(patch)
	return Error
}

func (d *comparison) apply(from *xmltree.Node) Code {
	patch, code := d.read("second", d.patch, "")
	if code != OK {
		return code
	}
	apply := edit.Apply
	if !d.cib {
		apply = edit.ApplyAnyVersion
	}
	out, err := apply(from, patch)
	if err != nil {
		d.w.complain("Could not apply patch: %s\n", err)
		return DocumentCode(err)
	}
	d.w.printXML(out)
	return OK
}

// read reads a file, or else a text.
func (d *comparison) read(which, path, text string) (*xmltree.Node, Code) {
	doc, from := text, "the argument"
	var err error
	if path != "" {
		if from = path; path == "-" {
			from = "standard input"
		}
		doc, err = d.w.input(path, store.MostBytes)
	}
	var root *xmltree.Node
	if err == nil {
		root, err = parseText(doc, true)
	}
	if err != nil {
		d.w.complain("Could not parse the %s XML fragment\n%s: %s: %s\n", which, d.w.Prog, from, err)
		return nil, Data
	}
	return root, OK
}
