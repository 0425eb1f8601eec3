package edit

import (
	"cmp"
	"fmt"
	"strconv"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// Names of the three numbers of a version on the root element.
const (
	AttrAdminEpoch = "admin_epoch"
	AttrEpoch      = "epoch"
	AttrUpdates    = "num_updates"
)

// A Version orders documents of a cluster: administrators raise the first number, changes of the configuration the second,
// changes of the status the third. What is missing counts as 0.
type Version struct{ AdminEpoch, Epoch, Updates int64 }

// VersionOf reads the version of a document, or of a <source> or <target> of a patch.
func VersionOf(n *xmltree.Node) Version {
	return Version{count(n.Get(AttrAdminEpoch)), count(n.Get(AttrEpoch)), count(n.Get(AttrUpdates))}
}

// Compare is negative when v is older than w.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.AdminEpoch, w.AdminEpoch), cmp.Compare(v.Epoch, w.Epoch), cmp.Compare(v.Updates, w.Updates))
}

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.AdminEpoch, v.Epoch, v.Updates) }

// count reads one of the numbers: nothing, nonsense and negative ones are 0.
func count(text string) int64 {
	n, ok := cib.Integer(text)
	if !ok || n < 0 {
		return 0
	}
	return n
}

// raise adds one to a counter of an element that may be changed.
func raise(n *xmltree.Node, name string) {
	n.Set(name, strconv.FormatInt(count(n.Get(name))+1, 10))
}
