package crmtool

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Options are those of a command and those that all commands have: --help, --version, --verbose, and for a command with forms of
// output --output-as and --output-to.
type Options struct {
	*pflag.FlagSet
	Verbose int    // how often -V was given
	As      string // form of the answer: text, xml, ...
	To      string // file of the answer; empty: standard output

	w     *World
	usage string
	forms []string
}

// Options begins the options of a command. In the usage text %[1]s is what the command was called. Forms are what --output-as takes,
// the usual one first; without any there is no such option.
func (w *World) Options(usage string, forms ...string) *Options {
	o := &Options{FlagSet: pflag.NewFlagSet(w.Prog, pflag.ContinueOnError), w: w, usage: usage, forms: forms}
	o.SortFlags = false
	o.Usage = func() {}
	o.CountVarP(&o.Verbose, "verbose", "V", "")
	o.BoolP("help", "?", false, "")
	o.BoolP("version", "$", false, "")
	if len(forms) > 0 {
		o.StringVar(&o.As, "output-as", forms[0], "")
		o.StringVar(&o.To, "output-to", "", "")
	}
	return o
}

// Parse reads the arguments. When run is false there is nothing more to do than to return the code: help was wanted, or an option is wrong.
func (o *Options) Parse() (code Code, run bool) {
	switch err := o.FlagSet.Parse(o.w.Args); {
	case errors.Is(err, pflag.ErrHelp):
		o.w.printf(o.usage, o.w.Prog)
		return OK, false
	case err != nil:
		return o.Wrong("%s", optionError(err)), false
	}
	if wanted, _ := o.GetBool("help"); wanted {
		o.w.printf(o.usage, o.w.Prog)
		return OK, false
	}
	if wanted, _ := o.GetBool("version"); wanted {
		o.w.printf("%s (heartbeat %s)\n", o.w.Prog, o.w.Version)
		return OK, false
	}
	if len(o.forms) > 0 && !slices.Contains(o.forms, o.As) {
		return o.Wrong("--output-as takes one of %s, not %q", strings.Join(o.forms, ", "), o.As), false
	}
	return OK, true
}

// NoArguments refuses what is left when the options are read.
func (o *Options) NoArguments() (code Code, ok bool) {
	if o.NArg() > 0 {
		return o.Wrong("unexpected argument %q", o.Arg(0)), false
	}
	return OK, true
}

// Wrong says what is wrong with the options, and returns the code for it.
func (o *Options) Wrong(format string, args ...any) Code {
	o.w.complain("%s: %s\ntry: %s --help\n", o.w.Prog, fmt.Sprintf(format, args...), o.w.Prog)
	return Usage
}

// optionError says what is wrong in the words that scripts know.
func optionError(err error) string {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return "Unknown option " + dashed(e.GetSpecifiedName())
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return "Missing argument for " + dashed(e.GetSpecifiedName())
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Sprintf("--%s takes no value such as %q", e.GetFlag().Name, e.GetValue())
	}
	return err.Error()
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// Each is an option that may be given several times, and whose values are kept in order.
func (o *Options) Each(to *[]string, name, short string) { o.VarP((*texts)(to), name, short, "") }

// texts are the values of an option. The list that pflag has writes itself as CSV when it is declared, which costs more than all other options.
type texts []string

func (t *texts) Set(value string) error { *t = append(*t, value); return nil }
func (t *texts) String() string         { return strings.Join(*t, " ") }
func (t *texts) Type() string           { return "texts" }
