// Package drive is what the cluster test suite needs from the machines it breaks, behind one interface: machines made of namespaces
// (lab), machines that somebody lends (ssh), machines of a launcher, such as emulated ones (Machines).
//
// Machines have roles: r1 and r2 are the nodes, r3 is a third machine that takes no part unless a scenario wants it, and client is the
// host that asks for the service addresses.
package drive
