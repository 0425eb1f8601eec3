package edit

import (
	"slices"

	"heartbeat/internal/cib/xpath"
	"heartbeat/internal/xmltree"
)

// matches are the elements that an XPath names.
func matches(root *xmltree.Node, text string) ([]xpath.Match, error) {
	found, err := xpath.Find(root, text)
	if err != nil {
		return nil, fail(Invalid, "%v", err)
	}
	return found, nil
}

// performAt does an operation where an XPath says.
func performAt(d *xmltree.Draft, req Request) error {
	found, err := matches(d.Root(), req.XPath)
	if err != nil {
		return err
	}
	if len(found) == 0 && req.Op != Delete {
		return fail(Missing, "nothing matches the XPath %s", req.XPath)
	}
	switch req.Op {
	case Create:
		insert(d, found[0].Way, fresh(req.Data))
		return nil
	case Modify:
		return modifyAt(d, found, req)
	case Replace, Delete:
		return exchange(d, found, req)
	case Query, Patch, Bump, Erase, Upgrade:
	}
	return fail(Invalid, "%s knows no XPath", req.Op)
}

// modifyAt merges into the first match that is the object or has it below, or into each that does.
func modifyAt(d *xmltree.Draft, found []xpath.Match, req Request) error {
	done := false
	for _, m := range found {
		at, ok := seek(d.Root(), m.Way, sameObject(req.Data))
		if !ok {
			continue
		}
		merge(d, at, req.Data)
		if done = true; !req.All {
			break
		}
	}
	if !done {
		return fail(Missing, "what matches the XPath %s is no <%s id=%q> and has none", req.XPath, req.Data.Name, req.Data.Get("id"))
	}
	return nil
}

// exchange deletes or replaces matches, from the last to the first, so that places stay what they are. A match inside another that goes
// as well goes with it.
func exchange(d *xmltree.Draft, found []xpath.Match, req Request) error {
	if !req.All && len(found) > 1 {
		found = found[:1]
	}
	for _, m := range slices.Backward(found) {
		switch {
		case len(m.Way) == 0:
			return fail(Invalid, "%s of the whole document by an XPath is refused; name what is below /cib", req.Op)
		case req.Op == Delete:
			take(d, m.Way)
		default:
			put(d, m.Way, fresh(req.Data))
		}
	}
	return nil
}
