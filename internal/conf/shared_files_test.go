package conf

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestConfigFilesArePlainNames(t *testing.T) {
	var many []string
	for i := range MaxSharedFiles + 1 {
		many = append(many, fmt.Sprintf("file%d", i))
	}
	for _, c := range []struct {
		names []string
		want  string // part of the error; empty: it is good
	}{
		{[]string{"ldirectord.cf", "a_b-c.D"}, ""},
		{many[:MaxSharedFiles], ""},
		{many, "more than 16"},
		{[]string{"x", "x"}, "twice"},
		{[]string{"../passwd"}, "no plain file name"},
		{[]string{"resource.d/x"}, "no plain file name"},
		{[]string{".hidden"}, "no plain file name"},
		{[]string{""}, "no plain file name"},
		{[]string{"a\nb"}, "no plain file name"},
		{[]string{strings.Repeat("x", 65)}, "no plain file name"},
		{[]string{"ha.cf"}, "anyway"},
		{[]string{"Haresources"}, "anyway"},
		{[]string{"nodeinfo"}, "names one node"},
	} {
		var s Settings
		err := s.set("config_files", c.names)
		if c.want == "" && (err != nil || !slices.Equal(s.ConfigFiles, c.names)) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v, want %q", c.names, err, c.want)
		}
	}
}
