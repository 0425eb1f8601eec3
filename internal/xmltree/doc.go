// Package xmltree reads, changes and writes XML documents as ordered trees: cluster
// configurations, the metadata of resource agents, what the XML tools of a cluster print.
// It is a hand-written reader because such documents are read at every change of a cluster,
// and encoding/xml takes five times as long.
//
// # What is read
//
// UTF-8 documents of XML 1.0 with one root. Names are interned; a prefix with a colon is part of the name, because no document of
// the field uses namespaces. The five named entities and characters by number are understood, CDATA becomes text.
// White space between elements is dropped unless it is asked for, comments too. A document type is skipped, but one with declarations of its own is
// refused, and with it every trick with entities. Errors name the line.
//
// # Trees do not change
//
// A tree that somebody else can see is never changed. A Draft copies what it changes and the way from there
// to the root, once, and shares everything else with the tree it began with; so the old tree stays good, and what
// both have in common is recognised by its pointer.
//
//	root, err := xmltree.Parse(doc, xmltree.Options{})
//	d := xmltree.NewDraft(root)
//	d.Edit(0, 2).Set("value", "true") // the third child of the first child
//	out := d.Root().Append(nil, "  ")
//
// The values of a tree share memory with the document that they came from. Elements that a reader names in Options.Pack keep no list of attributes but the
// places where they stand in it.
package xmltree
