// Package edit changes a cluster's document as cibadmin and its relatives do: operations, versions, patches, digests, access rules.
//
// Everything is a function from a document to a document: a tree that was handed in never changes, and what a new one shares with it
// is recognised by its pointer. Do performs one operation and moves the version numbers:
//
//	res, err := edit.Do(root, edit.Request{Op: edit.Modify, Section: "resources", Data: el}, edit.Env{})
//
// A failed operation leaves nothing behind; its error is an *Error, whose Reason tells commands their exit code.
// Diff and Apply make patches and use them, in both formats; an access rule is judged over the difference that an operation made, so no
// operation needs to know of rules. The contract is the CRM spec, sections 2 to 5; where C Pacemaker 2.1.5 was seen to do otherwise,
// its way is taken, because both read and write the same documents.
package edit
