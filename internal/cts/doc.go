// Package cts is the cluster test suite: `heartbeat cts` plays the scenarios of the catalogue against real clusters and measures
// the outages that a client sees.
//
// A scenario is a text file (package scenario; the built-in ones are in catalogue/). A driver (package drive) has the machines. The
// player makes the cluster that a scenario wants, does what it says and judges what it expects; after every step it audits what
// must always hold. The runner plays scenarios in a random order that its seed repeats, without restarting the cluster
// between two that want the usual one.
package cts
