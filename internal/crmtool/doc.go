// Package crmtool holds the commands of the cluster resource manager: crm_simulate and the like.
//
// Each has the options, the output and the exit codes that scripts, crmsh and pcs expect of Pacemaker's command of that name (crm
// spec, section 14); where Heartbeat 2.1 had other options and both can be told apart, both are understood. What people read more
// often than programs says more: what is wrong, where, and how to mend it.
//
// A command is a function of a World: it sees the machine only through it and through the files that its options name. Tools is the
// table of all of them; package applet gives them their names. A command of one file is a function here; its options are read by
// World.Parse, which knows those that all commands have, and its answer as XML goes through World.Result.
package crmtool
