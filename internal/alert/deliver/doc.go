// Package deliver hands alerts to people: mail by sendmail or SMTP, webhooks by HTTP, programs. It runs the core of package alert in a
// goroutine of its own, keeps its state in a file, and nothing else ever waits for it: records come in through a queue that is
// never waited for.
package deliver
