// Package logd is both ends of the socket of the logging daemon (resources spec, section 9.4): a Server takes lines of any program on
// this machine, and a Client hands lines to a daemon that runs. Where lines are written is not its business.
package logd

// SocketName is the socket's name in the state directory.
const SocketName = "log_daemon"
