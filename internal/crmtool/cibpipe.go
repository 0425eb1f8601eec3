package crmtool

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/cib/store"
)

const cibpipeUsage = `usage: %[1]s OPERATION [-- OPERATION ...] < document > document
       %[1]s --commands FILE < document > document

Reads a cluster's configuration from standard input, changes it, and prints it. An operation is written with the options of cibadmin:
-C -M -R -D -d -P -B -E -u with -X or -x, -o, -A, -c; -Q prints what it finds instead of the document. Several are divided by --.
When one fails, nothing is printed.

  -F, --commands FILE      one operation a line, with quotes as in a shell; # begins a comment
exit codes: those of cibadmin
examples:
  %[1]s -M -o crm_config -X '<nvpair id="o-1" value="true"/>' -- -D -X '<primitive id="old"/>' < cib.xml > new.xml
  cibadmin -Q | %[1]s -F changes | crm_simulate -p -S
`

// An operation of a pipe, and where it was written.
type pipeStep struct {
	args  []string
	where string
}

func cibpipe(w *World) Code {
	steps, code, ok := pipeSteps(w)
	if !ok {
		return code
	}
	doc, err := w.Document("-")
	if err != nil {
		w.complain("%s: %s\n", w.Prog, err)
		return DocumentCode(err)
	}
	var answers []func()
	for _, s := range steps {
		c, op, code := s.read(w)
		if code != OK {
			return code
		}
		data, code := c.data()
		if code != OK {
			return code
		}
		res, err := doc.Do(c.request(op, data))
		if err != nil {
			w.complain("%s: %s: %s: %s\n", w.Prog, s.where, op, err)
			return DocumentCode(err)
		}
		if op == edit.Query {
			answers = append(answers, func() { c.answer(res.Answer) })
		}
	}
	if len(answers) == 0 {
		_, err = w.Stdout.Write(store.Text(doc.Root()))
	}
	for _, print := range answers {
		print()
	}
	if err != nil {
		w.complain("%s: writing the document: %s\n", w.Prog, err)
		return InputOutput
	}
	return OK
}

// read understands the options of one operation.
func (s pipeStep) read(w *World) (*cibCall, edit.Op, Code) {
	one := *w
	one.Args = s.args
	c := cibadminOptions(&one, cibpipeUsage)
	if code, run := c.Parse(); !run {
		return nil, 0, max(code, Usage)
	}
	if code, ok := c.NoArguments(); !ok {
		return nil, 0, code
	}
	op, ok := c.operation()
	switch {
	case !ok:
		return nil, 0, c.Wrong("%s: no operation: one of -Q -C -M -R -D -d -P -B -E -u", s.where)
	case c.pipe || c.file == "-":
		return nil, 0, c.Wrong("%s: standard input is the document; give the data with -X or -x", s.where)
	case c.badScope(op):
		return nil, 0, c.Wrong("%s: there is no section %q; sections are %s", s.where, c.scope, strings.Join(edit.Sections(), ", "))
	}
	return c, op, OK
}

// pipeSteps divides the arguments, or reads the file of operations.
func pipeSteps(w *World) (steps []pipeStep, code Code, ok bool) {
	if len(w.Args) == 1 && slices.Contains([]string{"--help", "-?", "-h", "--version", "-$"}, w.Args[0]) {
		code, _ := cibadminOptions(w, cibpipeUsage).Parse()
		return nil, code, false
	}
	if len(w.Args) == 2 && (w.Args[0] == "--commands" || w.Args[0] == "-F") {
		steps, err := pipeFile(w.Args[1])
		if err != nil {
			w.complain("%s: %s\n", w.Prog, err)
			return nil, NoInput, false
		}
		return steps, OK, true
	}
	rest := w.Args
	for n := 1; ; n++ {
		end := slices.Index(rest, "--")
		if end < 0 {
			return append(steps, pipeStep{rest, fmt.Sprintf("operation %d", n)}), OK, true
		}
		steps = append(steps, pipeStep{rest[:end], fmt.Sprintf("operation %d", n)})
		rest = rest[end+1:]
	}
}

func pipeFile(path string) (steps []pipeStep, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, store.MostBytes)
	for n := 1; lines.Scan(); n++ {
		words, err := shellWords(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		if len(words) > 0 {
			steps = append(steps, pipeStep{words, fmt.Sprintf("%s: line %d", path, n)})
		}
	}
	return steps, lines.Err()
}

// shellWords divides a line as a shell would: blanks, quotes of both kinds, a backslash, # at the beginning of a word.
func shellWords(line string) (words []string, err error) {
	var word strings.Builder
	inWord, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && quote != '\'':
			if i++; i == len(line) {
				return nil, fmt.Errorf("a backslash at the end of the line")
			}
			word.WriteByte(line[i])
			inWord = true
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == '#' && !inWord:
			return words, nil
		case c == ' ' || c == '\t' || c == '\r':
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c that is not closed", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
