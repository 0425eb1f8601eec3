package conf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxSharedFiles is how many files config_files may name.
const MaxSharedFiles = 16

// setConfigFiles reads config_files, which may stand several times.
func (s *Settings) setConfigFiles(names []string) error {
	for _, name := range names {
		switch err := CheckSharedName(name); {
		case err != nil:
			return err
		case slices.Contains(s.ConfigFiles, name):
			return fmt.Errorf("%s is named twice", name)
		case len(s.ConfigFiles) == MaxSharedFiles:
			return fmt.Errorf("more than %d files", MaxSharedFiles)
		}
		s.ConfigFiles = append(s.ConfigFiles, name)
	}
	return nil
}

// CheckSharedName says why a name cannot be one of config_files; nil: it can. It is the name of a file in the configuration directory itself.
func CheckSharedName(name string) error {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789._-"
	switch {
	case name == "", len(name) > 64, name[0] == '.', strings.Trim(strings.ToLower(name), letters) != "":
		return fmt.Errorf("%.70q is no plain file name: letters, digits, dots, dashes, underscores, at most 64, and no directory", name)
	case slices.Contains([]string{"ha.cf", "authkeys", "haresources"}, strings.ToLower(name)):
		return fmt.Errorf("%s is the same on all nodes anyway", name)
	case name == "nodeinfo":
		return errors.New("nodeinfo names one node, so it cannot be the same on all")
	}
	return nil
}
