// Package propagate is what ha_propagate says between nodes: which files travel, how they are hidden on their way, what the receiver
// must find in order before it writes anything, and how a change is shown. It is pure: randomness, clocks and facts about the machine
// come in as values.
//
// A conversation with one node, in messages of type Kind over a lane of the cluster channel:
//
//	opener                      receiver
//	hello    (Hello)      →
//	                      ←     welcome  (Hello)
//	order    (prepare)    →                        read, parse, judge; nothing is written
//	                      ←     report   (prepared, refused, forbidden)
//	order    (commit)     →                        all files or none
//	                      ←     report   (installed, failed)
//
// To compare files (heartbeat config, config_sync) one order and one report follow the welcome: compare, compared.
//
// Hello and welcome are sealed with the key that signs on that node; whoever lacks it can say nothing. They carry fresh Diffie-Hellman
// values (X25519), and everything after is sealed with keys that come out of these and are forgotten with the conversation. So
// a recording cannot be played again, and cannot be read by somebody who learns the key of the cluster later: that matters because authkeys
// itself travels this way.
package propagate
