package scheduler

import "heartbeat/internal/xmltree"

// OperationTarget is the result that a recorded operation was expected to have, -1 when unknown.
func OperationTarget(op *xmltree.Node) int { return targetRC(op) }
