package scheduler

import "heartbeat/internal/xmltree"

// Reading are the options to read a document of at most so many bytes with that is only decided about and simulated, not edited or checked: the records of
// resources, which are nearly all of a large one, are packed.
func Reading(most int) xmltree.Options {
	return xmltree.Options{MaxBytes: most, Pack: []string{"lrm_resource", "lrm_rsc_op"}}
}
