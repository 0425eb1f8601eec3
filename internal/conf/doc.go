// Package conf turns the bytes of Heartbeat's classic files into typed values:
// ha.cf, authkeys, haresources, nodeinfo and the settings of ha.cf.d.
//
// It never opens a file, resolves a name or looks at the machine: whoever calls
// hands in bytes and, in Env, the questions that only the machine can answer.
// Every problem of every file is collected, with its line and the way out, so
// that one run shows all that must be mended. Where C Heartbeat has a text for
// a problem its key phrase is kept, because people search for it.
//
// What ha.cf may say is data: Directives and SettingDocs feed the parser, the
// suggestions, `heartbeat -D` and the reference in docs/ha.cf.md.
package conf
