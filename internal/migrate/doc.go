// Package migrate turns the configuration of a v1 cluster (ha.cf, haresources) into one
// for a cluster resource manager (cib.xml), as haresources2cib did (resources spec, section 9.3):
// the same ids, classes, operations and comment syntax, without its faults.
//
// It speaks two dialects: that of Heartbeat 2.1 (Schema06) and that of Pacemaker since 1.0 (Schema1).
//
// It is a pure core: bytes in, a tree and problems out. What only the machine knows, which scripts it has and
// what a fencing plug-in calls its parameters, is asked through functions.
package migrate
