package store

import (
	"fmt"
	"path/filepath"
	"strings"

	"heartbeat/internal/xmltree"
)

// Directories in which a node keeps the cluster's document. Cluster shells look for shadows in the second.
const (
	HeartbeatDir = "/var/lib/heartbeat/crm"
	PacemakerDir = "/var/lib/pacemaker/cib"
)

const shadowPrefix = "shadow."

// ShadowDir is where shadows are kept: CIB_shadow_dir, or where cluster shells look for them.
func ShadowDir(getenv func(string) string) string {
	if dir := getenv("CIB_shadow_dir"); dir != "" {
		return dir
	}
	return PacemakerDir
}

// ShadowPath is the file of a shadow: a copy of the document to try changes on.
func ShadowPath(name string, getenv func(string) string) (string, error) {
	if name == "" || strings.ContainsAny(name, "/\x00") || len(name) > 200 {
		return "", fmt.Errorf("%q cannot be the name of a shadow: it becomes part of a file's name", name)
	}
	return filepath.Join(ShadowDir(getenv), shadowPrefix+name), nil
}

// WriteShadow makes or replaces the file of a shadow.
func WriteShadow(path string, root *xmltree.Node) error { return replaceKeepingOwner(path, Text(root)) }
