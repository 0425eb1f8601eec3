// Package fencing makes sure that a silent node is down (STONITH; resources spec, section 4.11). It is a pure core; package
// device below it runs the programs.
//
// Every stonith or stonith_host line of ha.cf that is for this node is a device, and the order of the lines is the
// ladder: when one device fails the next one is tried at once, and after the last one the ladder begins anew after 5 s,
// doubling to 300 s, until a device succeeds, the node returns, or a human says that it is down. (C uses the last line
// alone, and the log is all that tells of its failures.)
//
// The devices are asked for their status at the start and every hour, so that a dead device is known before it is needed.
package fencing
