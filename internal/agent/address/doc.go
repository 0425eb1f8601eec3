// Package address holds service addresses: it finds the interface, adds the
// address, tells the network, and keeps it until it is given up.
//
// A Keeper serves all addresses of a process with one watch of the kernel, one
// packet socket pair per interface and one goroutine. While an address is held
//
//   - it is announced in a burst and then every refresh interval; the burst is
//     repeated when the carrier comes back or on demand,
//   - it is put back when something else removes it,
//   - claims of other machines for it are reported.
//
// What is held is written to a file before it is added, so that after a crash
// the next start can adopt or remove exactly that (resources spec, section 7.6).
//
// The package does not decide who may hold an address.
package address
