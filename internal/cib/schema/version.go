package schema

import (
	"fmt"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// A Version is the generation of a document: major times 100 plus minor, so 3.10 is 310. The document type of Heartbeat 2 is 6.
type Version int

// The generations that differ in kind.
const (
	Heartbeat2 Version = 6
	V1_0       Version = 100
	V3_10      Version = 310
	Newest     Version = 400
)

// all are the generations, oldest first. 1.1 was never used outside of tests of its makers, and is read as 1.2.
var all = [...]Version{Heartbeat2, 100, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 300, 301, 302, 303, 304, 305, 306, 307, 308, 309, 310, 400}

// String is the number, such as 3.10.
func (v Version) String() string { return fmt.Sprintf("%d.%d", int(v)/100, int(v)%100) }

// Name is the generation as validate-with has it.
func (v Version) Name() string { return "pacemaker-" + v.String() }

// Versions are all generations, oldest first.
func Versions() []Version { return all[:] }

// ParseVersion reads a value of validate-with. Without one, or with none, no generation is claimed: ok is false.
func ParseVersion(name string) (v Version, ok bool) {
	switch name {
	case "transitional-0.6":
		return Heartbeat2, true
	case "pacemaker-0.7":
		return V1_0, true
	case "pacemaker-1.1":
		return 102, true
	case "pacemaker-next":
		return V3_10, true
	}
	number, ok := strings.CutPrefix(name, "pacemaker-")
	if !ok {
		return 0, false
	}
	for _, v := range all {
		if v.String() == number {
			return v, true
		}
	}
	return 0, false
}

// schemaNames are the values that validate-with may have.
func schemaNames() []string {
	names := []string{"none", "pacemaker-next", "transitional-0.6", "pacemaker-0.7", "pacemaker-1.1"}
	for _, v := range all {
		names = append(names, v.Name())
	}
	return names
}

// VersionOf is the generation that a document claims. Without validate-with a document is of the time before there were schemas if it
// looks like it, else of the newest.
func VersionOf(root *xmltree.Node) (v Version, claimed bool) {
	name := root.Get("validate-with")
	if v, ok := ParseVersion(name); ok {
		return v, true
	}
	if LooksOld(root) {
		return Heartbeat2, false
	}
	return Newest, false
}

// LooksOld finds what only documents of Heartbeat 2 have.
func LooksOld(root *xmltree.Node) bool {
	for _, name := range [...]string{"dc_uuid", "cib_feature_revision", "ignore_dtd"} {
		if _, old := root.Lookup(name); old {
			return true
		}
	}
	return cib.Looks06(root)
}

// A span is a run of generations, both ends in it; 0 is open.
type span struct{ from, to Version }

func (s span) has(v Version) bool { return (s.from == 0 || v >= s.from) && (s.to == 0 || v <= s.to) }

// parseSpan reads 3.0-3.10, 3.0- or -3.10.
func parseSpan(text string) (span, error) {
	from, to, _ := strings.Cut(text, "-")
	a, err := parseNumber(from)
	if err != nil {
		return span{}, err
	}
	b, err := parseNumber(to)
	return span{a, b}, err
}

func parseNumber(text string) (Version, error) {
	if text == "" {
		return 0, nil
	}
	major, minor, _ := strings.Cut(text, ".")
	a, err := strconv.Atoi(major)
	if err != nil {
		return 0, fmt.Errorf("%q is no generation", text)
	}
	b, err := strconv.Atoi(minor)
	if err != nil {
		return 0, fmt.Errorf("%q is no generation", text)
	}
	return Version(a*100 + b), nil
}
