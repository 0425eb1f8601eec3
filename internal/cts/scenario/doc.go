// Package scenario is the language of the cluster test suite: one file a scenario, one statement a line.
//
// It is a core: it reads text and says what it means, and what is wrong with it, all at once. Package cts plays what it read.
//
//	id       S03
//	title    Power-off of a node, and its return
//	begin    home
//	step     the plug of r1 is pulled
//	power-off r1
//	expect owner g1 = r2 within D + 30ms + T
//	expect outage g1 <= D + 30ms + T
//
// The statements stand in Forms; docs/cts.md explains them with examples.
package scenario
