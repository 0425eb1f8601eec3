package propagate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"heartbeat/internal/conf"
)

// Kind is the type of the messages of this package on the wire.
const Kind = "x-files"

// Capabilities of a node: CapFiles says that it takes files, CapCompare that it also compares them and knows config_sync.
const (
	Cap        = "files"
	CapCompare = "files2"
)

// Fields of such a message.
const (
	FieldConversation = "conversation" // 32 hexadecimal digits, chosen by the opener
	FieldStep         = "step"
	FieldBox          = "box" // sealed: a Hello, an Order or a Report
)

// Values of FieldStep.
const (
	StepHello   = "hello"
	StepWelcome = "welcome"
	StepOrder   = "order"
	StepReport  = "report"
)

// MaxText bounds the decoded form of an order or report, in bytes: all files in base64, and diffs of all of them.
const MaxText = 8 * MaxFile

// Verbs of an Order.
const (
	Prepare = "prepare" // judge these files and say what would change
	Undo    = "undo"    // the same for the files before the last change
	Commit  = "commit"  // write what was prepared
	Abort   = "abort"   // forget it
	Compare = "compare" // say how these files differ from the ones there; nothing is prepared
)

// An Order is what the opener wants.
type Order struct {
	Version int    `json:"v"`
	Verb    string `json:"verb"`
	Files   Set    `json:"files,omitempty"` // of prepare
	By      string `json:"by,omitempty"`    // who asks, in words, for the timeline
	Any     bool   `json:"any,omitempty"`   // of undo: also what another node than the opener has sent

	// Of prepare, when no administrator gives the order but config_sync: the version that the receiver must have, and the lineage of the files.
	Base    string   `json:"base,omitempty"`
	Lineage *Lineage `json:"lineage,omitempty"`
}

// Results of a Report.
const (
	Prepared  = "prepared"
	Compared  = "compared"
	Installed = "installed"
	Refused   = "refused"   // nothing was changed
	Forbidden = "forbidden" // this node lets nobody change its files
	Failed    = "failed"    // the text says what the files are now
)

// A Report is the receiver's answer.
type Report struct {
	Version  int       `json:"v"`
	Result   string    `json:"result"`
	Text     string    `json:"text,omitempty"`
	Mend     string    `json:"mend,omitempty"`
	Files    []Change  `json:"files,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
	InForce  []string  `json:"in_force,omitempty"` // what the running node uses at once
	Restart  []string  `json:"restart,omitempty"`  // what takes effect at its next start
	Standing *Standing `json:"standing,omitempty"` // of compared
}

// What becomes of a file.
const (
	Same    = "same"
	Changed = "changed"
	New     = "new"
	Removed = "removed"
)

// A Change is one file of a report. Diff has no secrets in it.
type Change struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Before string `json:"before,omitempty"` // digests
	After  string `json:"after,omitempty"`
	Diff   string `json:"diff,omitempty"`
}

// A Problem is conf.Problem on its way.
type Problem struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Severity string `json:"severity"` // error, warning
	Text     string `json:"text"`
	Fix      string `json:"fix,omitempty"`
}

// ProblemsOf are findings in the form in which they travel.
func ProblemsOf(list conf.Problems) (out []Problem) {
	for _, p := range list {
		severity := "error"
		if p.Severity == conf.Warning {
			severity = "warning"
		}
		out = append(out, Problem{p.File, p.Line, severity, p.Msg, p.Fix})
	}
	return out
}

const version = 1

// Encode gives the text of an order.
func (o Order) Encode() ([]byte, error) {
	o.Version = version
	return encode(o)
}

// Encode gives the text of a report.
func (r Report) Encode() ([]byte, error) {
	r.Version = version
	return encode(r)
}

func encode(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err == nil && len(data) > MaxText {
		err = fmt.Errorf("%d bytes are too much for one message, at most %d", len(data), MaxText)
	}
	return data, err
}

// DecodeOrder reads an order and refuses what no honest node says.
func DecodeOrder(data []byte) (Order, error) {
	var o Order
	if err := decode(data, &o); err != nil {
		return Order{}, fmt.Errorf("reading an order: %w", err)
	}
	var err error
	switch {
	case o.Version != version:
		err = fmt.Errorf("version %d is not understood here", o.Version)
	case !slices.Contains([]string{Prepare, Undo, Commit, Abort, Compare}, o.Verb):
		err = fmt.Errorf("there is no order %.40q", o.Verb)
	case o.Verb == Prepare, o.Verb == Compare && len(o.Files) > 0:
		err = o.Files.check()
	case len(o.Files) > 0:
		err = fmt.Errorf("%s brings no files", o.Verb)
	}
	if o.Lineage != nil && err == nil {
		if err = o.Lineage.Check(); o.Verb != Prepare || !isID(o.Base) {
			err = errors.New("a lineage without a version to replace")
		}
	}
	if err != nil {
		return Order{}, fmt.Errorf("reading an order: %w", err)
	}
	o.By = plain(o.By, maxBy)
	return o, nil
}

// maxBy bounds who asked, in bytes.
const maxBy = 200

// DecodeReport reads a report. Its texts are made fit for a terminal.
func DecodeReport(data []byte) (Report, error) {
	var r Report
	if err := decode(data, &r); err != nil {
		return Report{}, fmt.Errorf("reading a report: %w", err)
	}
	switch {
	case r.Version != version:
		return Report{}, fmt.Errorf("reading a report: version %d is not understood here", r.Version)
	case !slices.Contains([]string{Prepared, Compared, Installed, Refused, Forbidden, Failed}, r.Result):
		return Report{}, fmt.Errorf("reading a report: there is no result %.40q", r.Result)
	}
	if r.Standing != nil {
		if err := r.Standing.check(); err != nil {
			return Report{}, fmt.Errorf("reading a report: %w", err)
		}
	}
	r.clean()
	return r, nil
}

func decode(data []byte, into any) error {
	if len(data) > MaxText {
		return fmt.Errorf("%d bytes are too many", len(data))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows it")
	}
	return nil
}

// clean takes control characters out of everything that will be printed.
func (r *Report) clean() {
	r.Text, r.Mend = plain(r.Text, MaxText), plain(r.Mend, MaxText)
	for i := range r.Files {
		f := &r.Files[i]
		f.Name, f.State = plain(f.Name, 40), plain(f.State, 40)
		f.Before, f.After, f.Diff = plain(f.Before, 40), plain(f.After, 40), plain(f.Diff, MaxText)
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		p.File, p.Severity, p.Text, p.Fix = plain(p.File, MaxText), plain(p.Severity, 40), plain(p.Text, MaxText), plain(p.Fix, MaxText)
		p.Line = max(p.Line, 0)
	}
	for _, list := range [][]string{r.InForce, r.Restart} {
		for i := range list {
			list[i] = plain(list[i], MaxText)
		}
	}
}

// plain leaves out control characters, except ends of lines and tabs, and what is beyond limit bytes.
func plain(s string, limit int) string {
	s = s[:min(len(s), limit)]
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r >= ' ' && r != 0x7f && !(r >= 0x80 && r < 0xa0) || r == '\n' || r == '\t' {
			out = append(out, r)
		}
	}
	return string(out)
}
