package applet

import (
	"fmt"
	"strings"
)

// An option is one that getopt found.
type option struct {
	letter byte
	value  string // of a letter that takes one
}

// An optionError says what getopt(3) of C says about an argument.
type optionError struct{ text string }

func (e *optionError) Error() string { return e.text }

// getopt reads single-letter options as the C function does: letters may be joined (-dv), a value may
// be joined to its letter (-Cnone), options may follow other arguments, and "--" ends them.
// The table lists the letters; one followed by a colon takes a value.
func getopt(prog, table string, args []string) (found []option, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return found, append(rest, args[i+1:]...), nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			rest = append(rest, arg)
			continue
		}
		for letters := arg[1:]; letters != ""; {
			letter := letters[0]
			letters = letters[1:]
			at := strings.IndexByte(table, letter)
			switch {
			case at < 0 || letter == ':':
				return found, rest, &optionError{fmt.Sprintf("%s: invalid option -- '%c'", prog, letter)}
			case at+1 >= len(table) || table[at+1] != ':':
				found = append(found, option{letter: letter})
				continue
			case letters == "" && i+1 >= len(args):
				return found, rest, &optionError{fmt.Sprintf("%s: option requires an argument -- '%c'", prog, letter)}
			case letters == "":
				i++
				letters = args[i]
			}
			found = append(found, option{letter, letters})
			letters = ""
		}
	}
	return found, rest, nil
}
