// Package machine tests what needs a kernel of its own: virtual machines whose watchdog really resets them, and whose power is cut
// while they run a database on DRBD. They are emulated and cost a processor for minutes, so they are run by `make vm` and not with
// the other tests.
package machine
