// Package mailto sends a mail when a group comes and when it goes. It is a
// notice, never a reason for a group to fail: a missing mail program or a mail
// server that does not answer is told and passed over (defect D32 of C).
package mailto
