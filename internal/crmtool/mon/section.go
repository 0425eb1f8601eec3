package mon

import (
	"fmt"
	"strings"
)

// A Section is a part of the report; several are added up.
type Section uint32

const (
	Stack Section = 1 << iota
	DC
	Times
	Counts
	ClusterOptions
	Nodes
	Resources
	Attributes
	FailCounts
	Operations
	FencingFailed
	FencingPending
	FencingSucceeded
	Tickets
	Bans
	Failures
	MaintenanceMode
)

const (
	Fencing = FencingFailed | FencingPending | FencingSucceeded
	Summary = Stack | DC | Times | Counts | MaintenanceMode

	// All is what XML shows, and HTML on request; text never shows the options of the cluster unless they are named.
	All     = MaintenanceMode<<1 - 1
	AllText = All &^ ClusterOptions
	// DefaultText is what text and HTML show by themselves.
	DefaultText = Summary | Nodes | Resources | Failures
)

// sectionNames are the words of --include and --exclude, in the order of the alphabet.
func sectionNames() []struct {
	name string
	bits Section
} {
	return []struct {
		name string
		bits Section
	}{
		{"attributes", Attributes}, {"bans", Bans}, {"counts", Counts}, {"dc", DC}, {"failcounts", FailCounts}, {"failures", Failures},
		{"fencing", Fencing}, {"fencing-failed", FencingFailed}, {"fencing-pending", FencingPending}, {"fencing-succeeded", FencingSucceeded},
		{"maint-mode", MaintenanceMode}, {"nodes", Nodes}, {"operations", Operations}, {"options", ClusterOptions}, {"resources", Resources},
		{"stack", Stack}, {"summary", Summary}, {"tickets", Tickets}, {"times", Times},
	}
}

const (
	includeWords = "--include options: all, attributes, bans[:PREFIX], counts, dc, default, failcounts, failures, fencing, fencing-failed, " +
		"fencing-pending, fencing-succeeded, maint-mode, nodes, none, operations, options, resources, stack, summary, tickets, times"
	excludeWords = "--exclude options: all, attributes, bans, counts, dc, failcounts, failures, fencing, fencing-failed, " +
		"fencing-pending, fencing-succeeded, maint-mode, nodes, none, operations, options, resources, stack, summary, tickets, times"
)

// A Choice is the set of sections while options change it. All and Default depend on the format.
type Choice struct {
	Sections     Section
	All, Default Section
	BanPrefix    string
}

// Include adds sections, given as words with commas.
func (c *Choice) Include(words string) error {
	for _, word := range strings.Split(words, ",") {
		bits, known := sectionBits(word)
		switch {
		case word == "all":
			c.Sections = c.All
		case word == "none":
			c.Sections = 0
		case word == "default" || word == "defaults":
			c.Sections |= c.Default
		case strings.HasPrefix(word, "bans"):
			c.Sections |= Bans
			_, c.BanPrefix, _ = strings.Cut(word, ":")
		case known:
			c.Sections |= bits
		default:
			return fmt.Errorf("%s", includeWords)
		}
	}
	return nil
}

// Exclude takes sections away.
func (c *Choice) Exclude(words string) error {
	for _, word := range strings.Split(words, ",") {
		bits, known := sectionBits(word)
		switch {
		case word == "all":
			c.Sections = 0
		case word == "none":
			c.Sections = c.All
		case known:
			c.Sections &^= bits
		default:
			return fmt.Errorf("%s", excludeWords)
		}
	}
	return nil
}

func sectionBits(word string) (Section, bool) {
	for _, s := range sectionNames() {
		if strings.EqualFold(s.name, word) {
			return s.bits, true
		}
	}
	return 0, false
}
