// Package lab runs whole clusters on one machine, for trying, showing and
// testing: real daemons with real sockets in virtual machines of package vnet.
//
// The addresses are the same in every lab; they live in its own namespaces only:
//
//	nodeI    eth0 10.77.1.I/24 (service network)   eth1 10.77.2.I/24 (second heartbeat link)
//	client   eth0 10.77.1.250/24
//	switch   10.77.1.254, 10.77.2.254 (something to ping)
//	service address 10.77.1.100, served by the web server lab-web on port 80
//
// It is used in three ways: `heartbeat lab …` for people (Command), `heartbeat
// lab demo` (a script of faults whose expectations decide the exit code), and New
// with its methods by the integration tests.
package lab
