package crmtool

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/cib/store"
	"heartbeat/internal/xmltree"
)

const crmShadowUsage = `usage: %[1]s QUERY | COMMAND [options]

Keeps copies of a cluster's configuration, to try changes on them: while CIB_shadow names one, all commands work on it.
The configuration itself is the file in CIB_file.

queries
  -w, --which              the name of the shadow in use
  -F, --file               its file
  -p, --display            what is in it
  -d, --diff               how it differs from the configuration
  -E, --edit               open it in $EDITOR
commands
  -c, --create NAME        copy the configuration to a new shadow
  -e, --create-empty NAME  an empty configuration as a new shadow; -v, --validate-with SCHEMA
  -C, --commit NAME        put the shadow in the place of the configuration (needs --force); -a, --all with its status
  -r, --reset NAME         copy the configuration again
  -D, --delete NAME        (needs --force)
  -s, --switch NAME        say how to use another one
options
  -f, --force              yes, really
  -b, --batch              no effect: no shell is started; what to type is printed
exit codes: 0 done, 1 the shadow differs (-d), 64 wrong usage or needs --force, 73 is there already, 102 no configuration, 105 no such shadow
examples:
  %[1]s -c try && CIB_shadow=try cibadmin -M -o resources -X '<primitive id="web" description="new"/>'
  CIB_shadow=try %[1]s -d
  %[1]s -C try -f
`

// A shadower does one thing with one shadow.
type shadower struct {
	*Options
	which, file, display, diff, edit               bool
	create, empty, commit, reset, remove, switchTo string
	force, all                                     bool
	schema                                         string
}

func crmShadow(w *World) Code {
	s := &shadower{Options: w.Options(crmShadowUsage)}
	s.BoolVarP(&s.which, "which", "w", false, "")
	s.BoolVarP(&s.file, "file", "F", false, "")
	s.BoolVarP(&s.display, "display", "p", false, "")
	s.BoolVarP(&s.diff, "diff", "d", false, "")
	s.BoolVarP(&s.edit, "edit", "E", false, "")
	s.StringVarP(&s.create, "create", "c", "", "")
	s.StringVarP(&s.empty, "create-empty", "e", "", "")
	s.StringVarP(&s.commit, "commit", "C", "", "")
	s.StringVarP(&s.reset, "reset", "r", "", "")
	s.StringVarP(&s.remove, "delete", "D", "", "")
	s.StringVarP(&s.switchTo, "switch", "s", "", "")
	s.StringVarP(&s.schema, "validate-with", "v", "", "")
	s.BoolVarP(&s.force, "force", "f", false, "")
	s.BoolVarP(&s.all, "all", "a", false, "")
	s.BoolP("batch", "b", false, "")
	if code, run := s.Parse(); !run {
		return code
	}
	if code, ok := s.NoArguments(); !ok {
		return code
	}
	switch {
	case s.create != "":
		return s.copy(s.create, s.force)
	case s.empty != "":
		return s.make(s.empty, edit.Empty(s.schema), s.force)
	case s.reset != "":
		return s.again()
	case s.commit != "":
		return s.upload()
	case s.remove != "":
		return s.delete()
	case s.switchTo != "":
		return s.use(s.switchTo)
	}
	return s.ask()
}

// active is the shadow in use, with its file.
func (s *shadower) active() (name, path string, code Code) {
	name = s.w.Getenv("CIB_shadow")
	if name == "" {
		s.w.complain("No active shadow configuration defined\n")
		return "", "", NoSuchObject
	}
	path, code = s.path(name)
	return name, path, code
}

func (s *shadower) path(name string) (string, Code) {
	path, err := store.ShadowPath(name, s.w.Getenv)
	if err != nil {
		return "", s.Wrong("%s", err)
	}
	return path, OK
}

// ask answers what is asked about the shadow in use.
func (s *shadower) ask() Code {
	if !s.which && !s.file && !s.display && !s.diff && !s.edit {
		return s.Wrong("say what to do: one of -w -F -p -d -E -c -e -C -r -D -s")
	}
	name, path, code := s.active()
	if code != OK {
		return code
	}
	switch {
	case s.which:
		s.w.printf("%s\n", name)
		return OK
	case s.file:
		s.w.printf("%s\n", path)
		return OK
	case s.edit:
		return s.editor(name, path)
	}
	shadow, code := s.open(name, path)
	if code != OK {
		return code
	}
	if s.display {
		s.w.printXML(shadow.Root())
		return OK
	}
	real, code := s.real()
	if code != OK {
		return code
	}
	patch, err := edit.Diff(real.Root(), shadow.Root(), edit.DiffOptions{})
	switch {
	case err != nil:
		s.w.complain("%s: %s\n", s.w.Prog, err)
		return Software
	case patch == nil:
		return OK
	}
	s.w.printXML(patch)
	return Error
}

func (s *shadower) editor(name, path string) Code {
	program := s.w.Getenv("EDITOR")
	if program == "" {
		s.w.complain("No value for EDITOR defined\n")
		return NotConfigured
	}
	if _, code := s.open(name, path); code != OK {
		return code
	}
	cmd := exec.CommandContext(s.w.Ctx, program, path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.w.Stdin, s.w.Stdout, s.w.Stderr
	if err := cmd.Run(); err != nil {
		s.w.complain("%s: %s: %s\n", s.w.Prog, program, err)
		return Error
	}
	return OK
}

// real is the configuration that shadows are copies of.
func (s *shadower) real() (*store.Document, Code) {
	path := s.w.Getenv("CIB_file")
	if path == "" {
		s.w.complain("Could not connect to the CIB: %s\n", store.ErrNotRunning)
		return nil, Disconnected
	}
	doc, err := s.w.Document(path)
	if err != nil {
		s.w.complain("Could not connect to the CIB: %s\n", err)
	}
	return doc, DocumentCode(err)
}

func (s *shadower) open(name, path string) (*store.Document, Code) {
	doc, err := s.w.Document(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.w.complain("Could not access shadow instance '%s': No such file or directory\n", name)
	case err != nil:
		s.w.complain("Could not access shadow instance '%s': %s\n", name, err)
	}
	return doc, DocumentCode(err)
}

func (s *shadower) copy(name string, over bool) Code {
	real, code := s.real()
	if code != OK {
		return code
	}
	return s.make(name, real.Root(), over)
}

// make writes a shadow; one that is there is overwritten only when that is meant.
func (s *shadower) make(name string, root *xmltree.Node, over bool) Code {
	path, code := s.path(name)
	if code != OK {
		return code
	}
	if _, err := os.Stat(path); err == nil && !over {
		s.w.complain("A shadow instance '%s' already exists.\n  To prevent accidental destruction of the cluster, the --force flag is required in order to proceed.\n", name)
		return CannotCreate
	}
	if err := store.WriteShadow(path, root); err != nil {
		s.w.complain("Could not create the shadow instance '%s': %s\n", name, err)
		return CannotCreate
	}
	s.w.printf("Setting up shadow instance\nA new shadow instance was created.  To begin using it paste the following into your shell:\n  CIB_shadow=%[1]s ; export CIB_shadow\n", name)
	return OK
}

func (s *shadower) again() Code {
	path, code := s.path(s.reset)
	if code != OK {
		return code
	}
	if _, code := s.open(s.reset, path); code != OK {
		return code
	}
	if s.foreign(s.reset) {
		return Usage
	}
	return s.copy(s.reset, true)
}

// foreign refuses to lay hands on another shadow than the one in use.
func (s *shadower) foreign(name string) bool {
	active := s.w.Getenv("CIB_shadow")
	if active == "" || active == name || s.force {
		return false
	}
	s.w.complain("The supplied shadow instance (%s) is not the same as the active one (%s).\n  To prevent accidental destruction of the cluster, the --force flag is required in order to proceed.\n", name, active)
	return true
}

func (s *shadower) forced() bool {
	if !s.force {
		s.w.complain("%s\n", needsForce)
	}
	return s.force
}

// upload makes the configuration what the shadow is; the status stays the cluster's, unless all is meant.
func (s *shadower) upload() Code {
	if !s.forced() {
		return Usage
	}
	path, code := s.path(s.commit)
	if code != OK {
		return code
	}
	shadow, code := s.open(s.commit, path)
	if code != OK {
		return code
	}
	real, code := s.real()
	if code != OK {
		return code
	}
	req := edit.Request{Op: edit.Replace, Data: shadow.Root()}
	if !s.all {
		req.Section, req.Data = "configuration", shadow.Root().First("configuration")
	}
	_, err := real.Do(req)
	if err == nil {
		err = real.Save()
	}
	if err != nil {
		s.w.complain("Could not commit shadow instance '%s' to the CIB: %s\n", s.commit, err)
		return DocumentCode(err)
	}
	s.unset()
	return OK
}

func (s *shadower) delete() Code {
	if s.foreign(s.remove) || !s.forced() {
		return Usage
	}
	path, code := s.path(s.remove)
	if code != OK {
		return code
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.w.complain("Could not remove shadow instance '%s': %s\n", s.remove, err)
		return Error
	}
	s.unset()
	return OK
}

func (s *shadower) unset() {
	s.w.printf("Please remember to unset the CIB_shadow variable by pasting the following into your shell:\n  unset CIB_shadow\n")
}

func (s *shadower) use(name string) Code {
	path, code := s.path(name)
	if code != OK {
		return code
	}
	if _, code := s.open(name, path); code != OK {
		return code
	}
	s.w.printf("Setting up shadow instance\nTo switch to the named shadow instance, paste the following into your shell:\n  CIB_shadow=%[1]s ; export CIB_shadow\n", name)
	return OK
}
