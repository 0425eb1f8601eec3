// Package netif is the machine's network as the house needs it: interfaces,
// addresses, routes, a notice when they change, and the frames that tell a
// network where an address lives (gratuitous ARP, unsolicited neighbour
// advertisements) or ask whether somebody has it (probes).
//
// Everything above uses the Kernel interface. Open gives the real one (netlink
// and packet sockets), Fake one in memory for tests. Nothing else in the product
// knows netlink.
//
// Changes are level-triggered: a Watch says that something changed and the
// reader looks at the lists again. So a lost event, an overflowing netlink
// buffer or a slow reader can delay a reaction, never lose it.
//
// The real kernel acts in the network namespace of the process. It wants
// CAP_NET_ADMIN for addresses and CAP_NET_RAW for frames; both may come from a
// user namespace.
package netif
