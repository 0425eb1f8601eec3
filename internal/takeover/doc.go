// Package takeover is the v1 resource manager: it decides which node runs which
// group of haresources, and when. It is a pure core: events and the time go in,
// effects come out, nothing else happens.
//
// # Two layers
//
// Every group carries its own small truth here: its state on this node, whether
// this node wants it, and the claim number taken when it was acquired. After
// every event the core settles (settle in core.go): it looks at the whole state and does
// what is due, so a lost or late message delays a decision but never loses it.
//
// Above it lies the protocol of C Heartbeat (resources spec, section 4), which
// knows only halves: "local" are the groups whose home is the speaking node,
// "foreign" all others. Its messages are derived from the groups and lead to wishes for groups.
//
// # Who may start a group
//
// A group is started only when every other node (a) said in its present life, and
// after it heard our latest word, that it neither runs nor starts it, or (b) is dead, or (c)
// handed it over by message: shutdone, or the done of a standby. See clear in place.go.
//
// # What nodes of our kind tell each other
//
// The announcement (announce.go) rides on every status message and on every
// resource message: x-own (groups with state and claim), x-rev (life and revision of
// the announcement), x-seen (whose revision we have seen), x-phase, x-cfg.
// A revision counts up whenever the content changes; older ones are ignored.
//
// # After a partition
//
// Two nodes of our kind compare the immutable claims of each disputed group:
// the older claim keeps it, the lower name breaks a tie, the other side stops at once.
// A C peer gives up everything by itself two seconds after the heal; one that does not
// within five seconds never will, so this node then releases what is in dispute.
//
// # More than two nodes
//
// v1 is made for two nodes (defect D21 of C). With more, groups still have one owner:
// the first live node in ha.cf order, counted from the home of the group. Hand-overs by
// command are refused while more than one other node lives, because a half then has no
// single receiver. A group whose home is no configured node is never started. Beside C nodes see crowd.go: what
// they are about to start is left to them or given up in time.
//
//	core := takeover.New(cfg, now)
//	for _, effect := range core.Step(now, takeover.CommunicationUp{}) { … }
package takeover
