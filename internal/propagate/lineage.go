package propagate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A Lineage says which versions of the files a node has had in force, one after the other, so that of two nodes that differ it can be told
// which one is merely late. A version is named by what it is and by the one before it: whoever changes a file and changes it
// back has made two versions, and two nodes that were changed apart share none.
type Lineage struct {
	Digest string   `json:"digest"` // of the newest version, see Set.Sum
	IDs    []string `json:"ids"`    // oldest first; the last is the newest version
}

// MaxLineage is how many versions are remembered. A node that is further behind counts as changed apart.
const MaxLineage = 64

// idLen is the length of the name of a version: 12 bytes in hexadecimal digits.
const idLen = 24

// Sum names the content of the files that exist, whatever their order.
func (s Set) Sum() string {
	var list []string
	for _, f := range s {
		if !f.Absent {
			sum := sha256.Sum256(f.Data)
			list = append(list, f.Name+" "+hex.EncodeToString(sum[:]))
		}
	}
	slices.Sort(list)
	return short(strings.Join(list, "\n"))
}

func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:idLen/2])
}

// Head is the name of the newest version; empty before the first.
func (l Lineage) Head() string {
	if len(l.IDs) == 0 {
		return ""
	}
	return l.IDs[len(l.IDs)-1]
}

// Next is the lineage after other content came into force.
func (l Lineage) Next(digest string) Lineage {
	return Lineage{Digest: digest, IDs: newest(append(slices.Clone(l.IDs), short(l.Head()+"\n"+digest)))}
}

func newest(ids []string) []string { return ids[max(len(ids)-MaxLineage, 0):] }

// How one lineage stands to another.
const (
	Agree  = "same"   // the content is the same
	Ahead  = "newer"  // it has been where the other one is
	Behind = "older"  // the other one has been where it is
	Apart  = "forked" // both were changed since they were the same, or never were
)

// Relation says how l stands to o.
func (l Lineage) Relation(o Lineage) string {
	newer, older := slices.Contains(l.IDs, o.Head()), slices.Contains(o.IDs, l.Head())
	switch {
	case l.Digest == o.Digest:
		return Agree
	case newer && !older:
		return Ahead
	case older && !newer:
		return Behind
	}
	return Apart
}

// Merge joins two lineages of the same content. Both nodes come to the same newest version, whoever begins.
func (l Lineage) Merge(o Lineage) Lineage { return l.join(o, max(l.Head(), o.Head())) }

// Adopt is the lineage after the content of o replaced that of l, which o has had before.
func (l Lineage) Adopt(o Lineage) Lineage { return l.join(o, o.Head()) }

func (l Lineage) join(o Lineage, head string) Lineage {
	var ids []string
	for _, id := range slices.Concat(l.IDs, o.IDs) {
		if id != head && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return Lineage{Digest: o.Digest, IDs: newest(append(ids, head))}
}

// Equal says whether two lineages are the same.
func (l Lineage) Equal(o Lineage) bool { return l.Digest == o.Digest && slices.Equal(l.IDs, o.IDs) }

// Check refuses what no honest node says, and what a damaged file holds.
func (l Lineage) Check() error {
	if len(l.IDs) == 0 || len(l.IDs) > MaxLineage || !isID(l.Digest) {
		return fmt.Errorf("a lineage of %d versions with digest %.40q", len(l.IDs), l.Digest)
	}
	for _, id := range l.IDs {
		if !isID(id) {
			return fmt.Errorf("%.40q names no version", id)
		}
	}
	return nil
}

func isID(s string) bool {
	return len(s) == idLen && strings.Trim(s, "0123456789abcdef") == ""
}
