package cts

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"heartbeat/internal/cts/scenario"
)

//go:embed catalogue/*.cts
var builtIn embed.FS

// suffix is how files of scenarios end.
const suffix = ".cts"

// Catalogue reads the built-in scenarios, and those of a directory if one is named: one with the id of a built-in scenario takes its
// place. All problems of all files come at once.
func Catalogue(dir string) ([]*scenario.Scenario, error) {
	list, problems, err := read(builtIn, "catalogue", "")
	if err != nil {
		return nil, err
	}
	if dir != "" {
		own, more, err := read(os.DirFS(dir), ".", dir+"/")
		if err != nil {
			return nil, fmt.Errorf("reading scenarios: %w", err)
		}
		if len(own) == 0 {
			return nil, fmt.Errorf("%s has no file that ends with %s: one file is one scenario", dir, suffix)
		}
		problems = append(problems, more...)
		for _, s := range own {
			list = slices.DeleteFunc(list, func(o *scenario.Scenario) bool { return o.ID == s.ID })
		}
		list = append(list, own...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	slices.SortFunc(list, func(a, b *scenario.Scenario) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

func read(from fs.FS, dir, prefix string) (list []*scenario.Scenario, problems scenario.Problems, err error) {
	entries, err := fs.ReadDir(from, dir)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]string{}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		data, err := fs.ReadFile(from, path.Join(dir, e.Name()))
		if err != nil {
			return nil, nil, err
		}
		s, more := scenario.Parse(prefix+e.Name(), data)
		problems = append(problems, more...)
		if before := seen[s.ID]; before != "" && s.ID != "" {
			problems = append(problems, scenario.Problem{File: s.File, Line: 1, Text: "id " + s.ID + " is that of " + before + " already"})
		}
		seen[s.ID] = s.File
		list = append(list, s)
	}
	return list, problems, nil
}

// pick finds the scenarios that are named, or all; names may have a trailing * .
func pick(all []*scenario.Scenario, names []string) ([]*scenario.Scenario, error) {
	if len(names) == 0 {
		return all, nil
	}
	var out []*scenario.Scenario
	for _, name := range names {
		found := false
		for _, s := range all {
			prefix, many := strings.CutSuffix(name, "*")
			if strings.EqualFold(s.ID, name) || many && strings.HasPrefix(s.ID, prefix) {
				found = true
				if !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no scenario %s: heartbeat cts list shows all", name)
		}
	}
	return out, nil
}
