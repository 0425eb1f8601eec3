// Package agent runs the operations of one resource: start, stop, status.
//
// A Resolver finds out how a haresources word is run, in this order: an
// executable file in resource.d, one in init.d, a systemd unit, a built-in agent, and for the names of
// the classic scripts their OCF agent.
// A file always wins, with one exception: the wrappers that
// distributions ship (IPaddr2, Filesystem, MailTo and others) are replaced by the built-in
// agents while they are unmodified and native_ip, native_agents are on. `OCF::TYPE::INSTANCE`
// and `ocf:PROVIDER:TYPE` name OCF agents.
//
// Scripts run in a process group of their own with a time limit; what they print
// is kept (the last 4 KiB) and judged by the rules of the resources spec, section 3.
// The package decides nothing about order or place; that is the executor's and
// takeover's work.
package agent
