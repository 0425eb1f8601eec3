package connectivity

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Report is what a node says of its own connectivity.
type Report struct {
	Groups []Service // in the order of haresources; a group without entry is unknown
	Ping   Score
}

// A Service is the state of the interfaces that carry the addresses of one group.
type Service struct {
	Group     string // its short name in announcements
	Interface string // the worst one; for texts
	Level     Level
}

// A Score is the weight of the ping nodes that answer: at least Low, at most High, of Total.
// Total 0: no ping nodes are compared.
type Score struct{ Low, High, Total int }

func (s Score) String() string { return fmt.Sprintf("%d/%d/%d", s.Low, s.High, s.Total) }

// Service returns the state of a group.
func (r Report) Service(group string) Service {
	i := slices.IndexFunc(r.Groups, func(s Service) bool { return s.Group == group })
	if i < 0 {
		return Service{Group: group}
	}
	return r.Groups[i]
}

// Fields writes a report down for an announcement: GROUP:LEVEL:INTERFACE separated by
// blanks, and LOW/HIGH/TOTAL; empty what is not known. Names of interfaces contain neither colons nor blanks.
func (r Report) Fields() (links, ping string) {
	var words []string
	for _, s := range r.Groups {
		words = append(words, s.Group+":"+s.Level.String()+":"+s.Interface)
	}
	if r.Ping.Total > 0 {
		ping = r.Ping.String()
	}
	return strings.Join(words, " "), ping
}

// Parse reads what Fields wrote. What it does not understand is unknown, as is what a newer version may add.
func Parse(links, ping string) Report {
	var r Report
	for word := range strings.FieldsSeq(links) {
		part := strings.Split(word, ":")
		if len(part) != 3 || part[0] == "" {
			continue
		}
		for l := Bad; l <= Good; l++ {
			if l.String() == part[1] {
				r.Groups = append(r.Groups, Service{Group: part[0], Interface: part[2], Level: l})
			}
		}
	}
	part := strings.Split(ping, "/")
	if len(part) != 3 {
		return r
	}
	var n [3]int
	for i := range n {
		v, err := strconv.Atoi(part[i])
		if err != nil || v < 0 {
			return r
		}
		n[i] = v
	}
	if s := (Score{n[0], n[1], n[2]}); s.Low <= s.High && s.High <= s.Total {
		r.Ping = s
	}
	return r
}
