package edit

import (
	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// An Op is an operation on a document (spec 5.1).
type Op int

const (
	Query   Op = iota + 1
	Create     // add objects; none may be there already
	Modify     // make objects say more
	Replace    // put one object, a section or a document in the place of another
	Delete     // take an object away; what is not there is no error
	Patch      // apply a difference
	Bump       // raise the epoch
	Erase      // an empty configuration
	Upgrade    // into the newest schema
)

// String is the name of the operation between programs, as messages show it.
func (o Op) String() string {
	names := [...]string{"", "cib_query", "cib_create", "cib_modify", "cib_replace", "cib_delete", "cib_apply_diff", "cib_bump", "cib_erase", "cib_upgrade"}
	if o <= 0 || int(o) >= len(names) {
		return "cib_unknown"
	}
	return names[o]
}

// A Request is one operation.
type Request struct {
	Op      Op
	Section string        // one of Sections, or empty for everything
	XPath   string        // instead of a section: what the operation is about
	Data    *xmltree.Node // the object, the pattern or the patch

	AllowCreate bool // Modify: make what is missing
	All         bool // Delete, Modify, Replace by XPath: every match, not only the first
	NoChildren  bool // Query: only the element itself
	Paths       bool // Query by XPath: where the matches are instead of what they are

	Who User // whose rights count; the zero value may do everything
}

// An Env is what an operation needs from outside of the document.
type Env struct {
	// Stamp says who changes the configuration and when; nil leaves the marks of the last change, as tools do that work on a file.
	Stamp *Stamp
	// Replicated keeps the version that a patch brings along instead of moving it again: the change happened elsewhere.
	Replicated bool
	// Check refuses documents that no schema allows; nil checks the skeleton only.
	Check func(root *xmltree.Node) error
}

// A Stamp is written onto the root element by every change of the configuration.
type Stamp struct{ Written, Origin, Client, User string }

// A Result is what an operation gives back. After an error, only Answer and Proposed may be set.
type Result struct {
	Root    *xmltree.Node // the document afterwards; the very same tree when nothing changed
	Answer  *xmltree.Node // what was asked for, or the objects that could not be made
	Changed bool          // anything
	Config  bool          // something in the configuration

	Proposed *xmltree.Node // the document that was refused by the schema
}

// Do performs one operation. The version moves as the spec says in 3.1: epoch by one and num_updates to 0 when the configuration
// changed, num_updates by one when only something else did, nothing when nothing did.
func Do(root *xmltree.Node, req Request, env Env) (Result, error) {
	if root == nil || root.Name != "cib" {
		return Result{}, fail(Invalid, "this is no document of a cluster: its root element is not <cib>")
	}
	rules, err := rulesFor(root, req.Who)
	if err != nil {
		return Result{Root: root}, err
	}
	seen, err := rules.visible(root)
	if err != nil {
		return Result{Root: root, Answer: unwanted(req)}, err
	}
	if req.Op == Query {
		return query(seen, req)
	}
	d := xmltree.NewDraft(root)
	answer, err := perform(d, root, req)
	if err != nil {
		return Result{Root: root, Answer: answer}, err
	}
	next := d.Publish()
	if err := rules.allow(root, next); err != nil {
		return Result{Root: root}, err
	}
	if err := forward(root, next); err != nil {
		return Result{Root: root}, err
	}
	res := Result{Root: root, Changed: !Same(root, next)}
	if !res.Changed {
		return res, nil
	}
	res.Config = !Same(root.First("configuration"), next.First("configuration"))
	if !env.Replicated {
		next = move(next, res.Config, env.Stamp)
	}
	if req.Section != "status" || res.Config {
		if err := check(next, env.Check); err != nil {
			if rules != nil { // the refused document may hold what this user must not see
				return Result{Root: root}, err
			}
			return Result{Root: root, Proposed: next}, err
		}
	}
	res.Root = next
	return res, nil
}

// unwanted is the report about an object of somebody for whom there are no rules at all; nil for other operations.
func unwanted(req Request) *xmltree.Node {
	if req.Op != Create || req.XPath != "" || req.Data == nil || whole(req.Section) {
		return nil
	}
	return refused(req.Data, Create, Denied)
}

// move counts a change.
func move(root *xmltree.Node, config bool, stamp *Stamp) *xmltree.Node {
	d := xmltree.NewDraft(root)
	n := d.Edit()
	if !config {
		raise(n, AttrUpdates)
		return d.Publish()
	}
	n.Set(AttrUpdates, "0")
	raise(n, AttrEpoch)
	if stamp != nil {
		n.Set("cib-last-written", stamp.Written)
		n.Set("update-origin", stamp.Origin)
		n.Set("update-client", stamp.Client)
		n.Set("update-user", stamp.User)
	}
	return d.Publish()
}

// forward refuses a document that is older than the one before, and one that belongs to a newer cluster.
func forward(old, next *xmltree.Node) error {
	was, is := VersionOf(old), VersionOf(next)
	was.Updates, is.Updates = 0, 0
	if is.Compare(was) < 0 {
		return fail(Stale, "version %s would become %s", VersionOf(old), VersionOf(next))
	}
	if set := next.Get("crm_feature_set"); cib.CompareVersions(set, newestFeatureSet) > 0 && set != old.Get("crm_feature_set") {
		return fail(TooNew, "crm_feature_set %s is newer than %s, the newest that is understood here", set, newestFeatureSet)
	}
	return nil
}

// check refuses what could not be a document, then asks whoever knows the schemas.
func check(root *xmltree.Node, schema func(*xmltree.Node) error) error {
	config := root.First("configuration")
	if config == nil {
		return fail(Schema, "there would be no <configuration>")
	}
	for _, name := range [...]string{"crm_config", "nodes", "resources", "constraints"} {
		if config.First(name) == nil {
			return fail(Schema, "the configuration would have no <%s>", name)
		}
	}
	for c := range root.Elements("") {
		if c.Name != "configuration" && c.Name != "status" {
			return fail(Schema, "<%s> would stand directly in <cib>; say with --scope where it belongs", c.Name)
		}
	}
	for c := range config.Elements("") {
		if sectionPath(c.Name) == nil {
			return fail(Schema, "<%s> would stand directly in <configuration>; say with --scope where it belongs", c.Name)
		}
	}
	if schema == nil {
		return nil
	}
	if err := schema(root); err != nil {
		return fail(Schema, "%v", err)
	}
	return nil
}
