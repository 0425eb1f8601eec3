package edit

import (
	"slices"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// Sets of features: what new documents announce, so that tools of Pacemaker 2.1 read them, and the newest that is understood.
const (
	FeatureSet       = "3.16.1"
	newestFeatureSet = "3.20.999"
)

// perform changes the draft. It does not look at versions, rights or schemas.
func perform(d *xmltree.Draft, old *xmltree.Node, req Request) (answer *xmltree.Node, err error) {
	needsData := req.Op == Create || req.Op == Modify || req.Op == Replace || req.Op == Patch || req.Op == Delete && req.XPath == ""
	if needsData && (req.Data == nil || req.Data.Kind != xmltree.Element) {
		return nil, fail(Invalid, "%s needs an XML element to work with", req.Op)
	}
	if req.XPath != "" {
		return nil, performAt(d, req)
	}
	switch req.Op {
	case Create:
		return create(d, req)
	case Modify:
		return nil, modify(d, req)
	case Replace:
		return nil, replace(d, old, req)
	case Delete:
		return nil, remove(d, req)
	case Patch:
		return nil, patch(d, old, req.Data)
	case Bump:
		raise(d.Edit(), AttrEpoch)
		return nil, nil
	case Erase:
		return nil, erase(d)
	case Upgrade:
		return nil, upgrade(d, old)
	case Query:
	}
	return nil, fail(Invalid, "there is no operation %d", req.Op)
}

// objects are what a request is about: the object itself, or the children of a whole section.
func objects(req Request) []*xmltree.Node {
	if req.Data.Name != req.Section {
		return []*xmltree.Node{req.Data}
	}
	return slices.Collect(req.Data.Elements(""))
}

// create adds objects to a section. An object without id is in the way of others of its name.
func create(d *xmltree.Draft, req Request) (*xmltree.Node, error) {
	if whole(req.Section) || req.Data.Name == "cib" {
		req.Section = ""
		return nil, modify(d, req)
	}
	way, err := sectionWay(d, req.Section, true)
	if err != nil {
		return nil, err
	}
	for _, o := range objects(req) {
		id, has := o.Lookup("id")
		attr := ""
		if has {
			attr = "id"
		}
		if childIndex(node(d.Root(), way), o.Name, attr, id) >= 0 {
			return refused(o, Create, Exists), fail(Exists, "<%s id=%q> is in %s already; cibadmin --modify changes it", o.Name, id, req.Section)
		}
		insert(d, way, fresh(o))
	}
	return nil, nil
}

// refused is the report about an object that could not be made, as tools print it.
func refused(o *xmltree.Node, op Op, why Reason) *xmltree.Node {
	f := &xmltree.Node{Name: "failed_update"}
	if id, ok := o.Lookup("id"); ok {
		f.Set("id", id)
	}
	f.Set("object_type", o.Name)
	f.Set("operation", op.String())
	f.Set("reason", why.String())
	return xmltree.New("failed").Add(f.Add(o))
}

// modify merges into the first object of that name and id in a section.
func modify(d *xmltree.Draft, req Request) error {
	way, err := sectionWay(d, req.Section, true)
	if err != nil {
		return err
	}
	at, ok := seek(d.Root(), way, sameObject(req.Data))
	switch {
	case ok:
		merge(d, at, req.Data)
	case req.AllowCreate:
		insert(d, way, fresh(req.Data))
	default:
		return fail(Missing, "there is no <%s id=%q>; --allow-create makes it", req.Data.Name, req.Data.Get("id"))
	}
	return nil
}

// replace puts a whole document, which must not be older, or one object in the place of the old.
func replace(d *xmltree.Draft, old *xmltree.Node, req Request) error {
	if req.Data.Name == "cib" {
		if was, is := VersionOf(old), VersionOf(req.Data); is.Compare(was) < 0 {
			return fail(Stale, "the document has version %s, the new one %s; raise its admin_epoch or epoch, or replace only --scope configuration", was, is)
		}
		*d = *xmltree.NewDraft(fresh(req.Data))
		return nil
	}
	section := req.Section
	if req.Data.Name == section {
		section = ""
	}
	way, err := sectionWay(d, section, false)
	if err != nil {
		return err
	}
	at, ok := seek(d.Root(), way, replaceable(req.Data))
	if !ok {
		return fail(Missing, "there is no <%s id=%q> to replace", req.Data.Name, req.Data.Get("id"))
	}
	put(d, at, fresh(req.Data))
	return nil
}

// put replaces what stands at a place.
func put(d *xmltree.Draft, way []int, n *xmltree.Node) {
	if len(way) == 0 {
		*d = *xmltree.NewDraft(n)
		return
	}
	d.Edit(way[:len(way)-1]...).Children[way[len(way)-1]] = n
}

// take removes what stands at a place.
func take(d *xmltree.Draft, way []int) { d.Remove(way[:len(way)-1], way[len(way)-1]) }

// remove takes away, for each pattern, the first element that carries all of its attributes.
func remove(d *xmltree.Draft, req Request) error {
	way, err := sectionWay(d, req.Section, false)
	if err != nil {
		return err
	}
	for _, pattern := range objects(req) {
		at, ok := seek(d.Root(), way, carries(pattern))
		switch {
		case !ok: // gone is gone
		case len(at) == 0:
			return fail(Invalid, "the whole document cannot be deleted; --erase empties it")
		default:
			take(d, at)
		}
	}
	return nil
}

// erase leaves the attributes of the root, and the sections that every document has. The administrator's version says that this was meant.
func erase(d *xmltree.Draft) error {
	n := d.Edit()
	n.Children = Empty("").Children
	raise(n, AttrAdminEpoch)
	return nil
}

// Empty is a new document of a schema; an empty name means the usual one.
func Empty(schema string) *xmltree.Node {
	if schema == "" {
		schema = cib.StoredSchema
	}
	return xmltree.New("cib", "crm_feature_set", FeatureSet, "validate-with", schema, AttrEpoch, "1", AttrUpdates, "0", AttrAdminEpoch, "0").Add(
		xmltree.New("configuration").Add(xmltree.New("crm_config"), xmltree.New("nodes"), xmltree.New("resources"), xmltree.New("constraints")),
		xmltree.New("status"))
}

// upgrade converts. A document that is new enough stays; for another the administrator's version says that the whole was rewritten.
func upgrade(d *xmltree.Draft, old *xmltree.Node) error {
	next, _, err := cib.UpgradeStored(old)
	if err != nil {
		return fail(Schema, "%v", err)
	}
	if next.Get("validate-with") == old.Get("validate-with") {
		return nil
	}
	*d = *xmltree.NewDraft(next)
	n := d.Edit()
	raise(n, AttrAdminEpoch)
	n.Set(AttrEpoch, "1")
	n.Set(AttrUpdates, "1")
	return nil
}
