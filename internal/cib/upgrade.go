package cib

import "heartbeat/internal/xmltree"

// Upgrade makes a document one of the newest schema.
func Upgrade(root *xmltree.Node) (out *xmltree.Node, warnings []string, err error) {
	return root, nil, nil
}
