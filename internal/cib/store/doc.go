// Package store keeps a cluster's document in files, and finds it for commands.
//
// A Document is one that a command works on: from a file, from CIB_file, from a shadow, or from standard input. Its operations are those
// of internal/cib/edit; Save writes it back as a whole or not at all.
//
//	doc, err := store.Open(store.Where{File: "cib.xml", Getenv: os.Getenv})
//	_, err = doc.Do(edit.Request{Op: edit.Modify, Section: "resources", Data: el})
//	err = doc.Save()
//
// A Dir is the directory in which a node keeps the cluster's document, with digests and backups; it survives a power cut at any moment.
// The contract is the CRM spec, sections 3.2 and 3.3.
package store
